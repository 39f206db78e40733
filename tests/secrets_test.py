#!/usr/bin/env python3
"""Looks in all that the programs under test said for every secret that they were given.

Usage: secrets_test.py begin DIRECTORY   empties it, before the first of these tests
       secrets_test.py end DIRECTORY     looks, after the last of them
       secrets_test.py                   shows on small examples that it finds what it should

The tests of integration and of conformance (tests/support/kept_output.hpp) and those in Python that start gateways
(tests/kept_output.py) write the directory, each process of theirs two files: NUMBER.output is what the gateways that it
started said in their logs and databases, and for the former also commands, pages and answers of their own;
NUMBER.secrets are the keys that these were given ("given") or clients came with ("presented"), one in a line.

A secret is looked for as a word of its own in the output of its process, and in everybody's whatever has the form of a
key that we make, or of a private key. A word that may stand in any sentence cannot be looked for, so a given secret
must have eight characters, or five with others than letters among them.
"""

import pathlib
import re
import shutil
import sys
import tempfile
import unittest

FORMS = {
    "a key that we make": re.compile(rb"pm_[0-9A-Za-z]{8,}"),
    "a private key": re.compile(rb"PRIVATE KEY-----"),
}
WORD = rb"[0-9A-Za-z_]"


def is_searchable(secret):
    return len(secret) >= 8 or (len(secret) >= 5 and not secret.isalpha())


def secrets_in(file):
    """Pairs of the kind and the secret."""
    if not file.exists():
        return []
    return [tuple(line.split(b" ", 1)) for line in file.read_bytes().splitlines() if b" " in line]


def source_of(text, at):
    begin = text.rfind(b"== ", 0, at)
    return text[begin:text.find(b"\n", begin)].decode(errors="replace") if begin >= 0 else "?"


def line_at(text, at):
    begin = text.rfind(b"\n", 0, at) + 1
    end = text.find(b"\n", at)
    return text[max(begin, at - 100):min(end if end >= 0 else len(text), at + 100)].decode(errors="replace")


def found_in(file):
    """What stands in one process's output that should not, in words."""
    text = file.read_bytes()
    forms = dict(FORMS)
    for kind, secret in secrets_in(file.with_suffix(".secrets")):
        if is_searchable(secret) and secret in text:
            name = f"the {kind.decode()} secret {secret.decode(errors='replace')!r}"
            forms[name] = re.compile(rb"(?<!" + WORD + rb")" + re.escape(secret) + rb"(?!" + WORD + rb")")
    for name, form in forms.items():
        match = form.search(text)
        if match:
            yield f"{name} in {source_of(text, match.start())}\n    {line_at(text, match.start())}"


def problems_in(directory):
    outputs = sorted(directory.glob("*.output"))
    if not outputs:
        yield "no test has kept anything: is POINTSMAN_TEST_OUTPUT set?"
    for file in outputs:
        yield from found_in(file)
    weak = {secret for file in directory.glob("*.secrets") for kind, secret in secrets_in(file)
            if kind == b"given" and not is_searchable(secret)}
    for secret in sorted(weak):
        yield (f"a test gives the secret {secret.decode(errors='replace')!r}, which cannot be told from a word: "
               "give it eight characters")


def end(directory):
    problems = list(problems_in(directory))
    for problem in problems:
        print(problem)
    outputs = list(directory.glob("*.output"))
    size = sum(file.stat().st_size for file in outputs)
    secrets = {secret for file in directory.glob("*.secrets") for _, secret in secrets_in(file)}
    print(f"{len(secrets)} secrets, {len(outputs)} processes of tests, {size >> 10} KiB of output, {len(problems)} problems")
    return 1 if problems else 0


class FindsWhatItShould(unittest.TestCase):
    def problems(self, output, secrets=b"", others=b""):
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            if output is not None:
                (directory / "1.output").write_bytes(output)
            (directory / "1.secrets").write_bytes(secrets)
            (directory / "2.output").write_bytes(others)
            if output is None:
                (directory / "2.output").unlink()
            return list(problems_in(directory))

    def test_nothing_where_nothing_is(self):
        self.assertEqual(self.problems(b"== log\n{}\n", b"given team-key\n"), [])

    def test_what_a_program_was_given(self):
        for line in (b'"key":"team-key"', b"Bearer team-key", b"team-key", b"\0team-key\0", b"/team-key/", b"a-team-key"):
            problems = self.problems(b"== the log\n" + line + b"\n", b"given team-key\n")
            self.assertEqual(len(problems), 1, line)
            self.assertIn("the log", problems[0])

    def test_what_a_client_came_with(self):
        self.assertEqual(len(self.problems(b"guess-1", b"presented guess-1\n")), 1)

    def test_no_word_that_only_contains_it(self):
        self.assertEqual(self.problems(b"steam-keys team-key2", b"given team-key\n"), [])

    def test_no_secret_of_another_process(self):
        self.assertEqual(self.problems(b"x", b"given team-key\n", b"team-key"), [])

    def test_forms_in_anybodys_output(self):
        self.assertEqual(len(self.problems(b"x", b"", b"pm_0123456789abc")), 1)
        self.assertEqual(len(self.problems(b"-----BEGIN PRIVATE KEY-----", b"", b"")), 1)
        self.assertEqual(self.problems(b"pm_test -----BEGIN CERTIFICATE-----"), [])

    def test_secrets_that_cannot_be_looked_for(self):
        self.assertEqual(len(self.problems(b"x", b"given right\n")), 1)
        self.assertEqual(self.problems(b"wrong", b"presented wrong\n"), [])

    def test_that_something_was_kept(self):
        self.assertEqual(len(self.problems(None)), 1)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "begin":
        shutil.rmtree(sys.argv[2], ignore_errors=True)
        pathlib.Path(sys.argv[2]).mkdir(parents=True)
    elif len(sys.argv) == 3 and sys.argv[1] == "end":
        sys.exit(end(pathlib.Path(sys.argv[2])))
    else:
        unittest.main()


if __name__ == "__main__":
    main()
