"""What the gateways of these tests wrote, and the secrets that they were given, kept for tests/secrets_test.py as
tests/support/kept_output.hpp keeps them: in files of this process, in the directory that POINTSMAN_TEST_OUTPUT names."""

import os
import pathlib
import re

WRITTEN = ("*.log", "*.db*")
READABLE = re.compile(rb"[ -~]{5,}")  # shorter runs of characters say nothing


def append(extension, text):
    directory = os.environ.get("POINTSMAN_TEST_OUTPUT")
    if directory and text:
        with (pathlib.Path(directory) / f"{os.getpid()}.{extension}").open("ab") as file:
            file.write(text)


def keep_secrets(settings, environment):
    """Those in a gateway's settings, and in the variables that these name."""
    given = re.findall(r"\b(?:api_)?key: *[\"']?([^\s\"',}$/]+)", settings)
    given += [environment[name] for name in re.findall(r"\$\{(\w+)\}", settings) if name in environment]
    append("secrets", "".join(f"given {each}\n" for each in given).encode())


def keep_directory(directory):
    """What a gateway that has ended left in its directory."""
    for pattern in WRITTEN:
        for file in sorted(directory.glob(pattern)):
            append("output", b"== %s\n%s\n" % (str(file).encode(), b"\n".join(READABLE.findall(file.read_bytes()))))
