#!/usr/bin/env python3
"""Keeps the house in order: what the compiler does not check, but a reader of src/ relies on.

Usage: architecture_test.py [-v] (on the tree that this file is in)

The first test holds the tree against every rule; the others show on small wrong trees that each rule can fail.
"""

import fnmatch
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_LINES = 400
VAGUE_WORDS = ("util", "helper", "manager", "common", "misc")

# What decides something does no I/O, so that it can be tested as a table. Paths are relative to src/ and
# include/pointsman/.
SANS_IO = ("access/*", "http/chunk*", "http/event*", "http/framing*", "http/pace*", "http/plain*", "http/sse*",
           "http/stream_dialect*", "net/budget*", "net/deadline*", "payload/*", "probe/fingerprint*", "probe/judge*",
           "probe/schedule*", "registry/*", "routing/*", "upstream/idle*")
# The registry holds the resolved addresses of endpoints in Asio's type for them, which is a value.
ADDRESS_TYPE = ("registry/*", "boost/asio/generic/stream_protocol.hpp")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def modules(root):
    """The modules from the bottom to the top, as src/CMakeLists.txt lists them."""
    text = (root / "src/CMakeLists.txt").read_text()
    return re.findall(r"^pointsman_module\((\w+)", text, re.MULTILINE)


def sources(root):
    """Each file of the modules, with its path below src/ or include/pointsman/ ("http/framing.cpp")."""
    for base in (root / "include/pointsman", root / "src"):
        for path in sorted(base.rglob("*.[ch]pp")):
            yield path, path.relative_to(base).as_posix()


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if found := INCLUDE.match(line):
            yield number, found[1]


def includes_that_point_up(root):
    """A module uses only modules that come before it in the list."""
    order = modules(root)
    for path, name in sources(root):
        module = name.split("/")[0]
        if module not in order:
            continue
        for number, included in includes(path):
            used = re.match(r"pointsman/(\w+)/", included)
            if ".." in included.split("/"):
                yield path, number, f"includes {included}: name headers from the include directory"
            elif used and used[1] not in order:
                yield path, number, f"includes {included}, but there is no module {used[1]}"
            elif used and order.index(used[1]) > order.index(module):
                yield path, number, f"includes {included}, but {used[1]} is built on {module}, not the other way round"


def decisions_without_io(root):
    for path, name in sources(root):
        if not any(fnmatch.fnmatch(name, pattern) for pattern in SANS_IO):
            continue
        for number, included in includes(path):
            is_address = fnmatch.fnmatch(name, ADDRESS_TYPE[0]) and included == ADDRESS_TYPE[1]
            if included.startswith("boost/asio") and not is_address:
                yield path, number, f"includes {included}, but decides something: leave the I/O to its caller"


def short_files(root):
    for path, _ in sources(root):
        lines = len(path.read_text().splitlines())
        if lines > MAX_LINES:
            yield path, lines, f"has more than {MAX_LINES} lines: it holds more than one idea"


def directories_and_lists_that_agree(root):
    order = modules(root)
    for base in (root / "src", root / "include/pointsman"):
        for directory in sorted(path for path in base.iterdir() if path.is_dir()):
            if directory.name not in order:
                yield directory, 0, "is no module: add it to src/CMakeLists.txt, in its place"
    readme = root / "src/README.md"
    listed = re.findall(r"^\| `(\w+)` \|", readme.read_text(), re.MULTILINE) if readme.exists() else []
    for module in order:
        if module not in listed:
            yield readme, 0, f"does not list the module {module}"
    for module in listed:
        if module not in order:
            yield readme, 0, f"lists {module}, which is no module"
    if sorted(listed) == sorted(order) and listed != order:
        yield readme, 0, "lists the modules in another order than src/CMakeLists.txt"


def telling_names(root):
    for top in ("include", "src", "tests"):
        for path in sorted((root / top).rglob("*")):
            for word in VAGUE_WORDS:
                if word in path.name.lower():
                    yield path, 0, f'says "{word}": name it after what it does'


RULES = (includes_that_point_up, decisions_without_io, short_files, directories_and_lists_that_agree, telling_names)


def problems(root):
    for rule in RULES:
        for path, number, what in rule(root):
            place = path.relative_to(root).as_posix() + (f":{number}" if number else "")
            yield f"{place}: {what}"


class TheTree(unittest.TestCase):
    def test_follows_every_rule(self):
        self.assertEqual(len(modules(ROOT)), len(set(modules(ROOT))))
        self.assertGreater(len(modules(ROOT)), 10, "src/CMakeLists.txt is not understood")
        self.assertGreater(len(list(sources(ROOT))), 50, "the sources are not found")
        found = list(problems(ROOT))
        self.assertFalse(found, "\n" + "\n".join(found))


class EachRule(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.write("src/CMakeLists.txt", "function(pointsman_module name)\npointsman_module(base X)\n"
                                         "pointsman_module(http pointsman_base)\npointsman_module(routing)\n")
        self.write("src/README.md", "| `base` | x |\n| `http` | x |\n| `routing` | x |\n")
        self.write("include/pointsman/base/clock.hpp", "#include <chrono>\n")
        self.write("src/http/framing.cpp", '#include "pointsman/base/clock.hpp"\n#include "pointsman/http/head.hpp"\n')
        self.write("src/http/connection.cpp", "#include <boost/asio/buffer.hpp>\n")
        (self.root / "src/routing").mkdir()
        (self.root / "tests").mkdir()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_found(self, *expected):
        self.assertEqual([problem.split(": ")[0] for problem in problems(self.root)], list(expected))

    def test_accepts_a_tree_in_order(self):
        self.assert_found()

    def test_finds_an_include_that_points_down(self):
        self.write("include/pointsman/base/clock.hpp", '#include <chrono>\n\n#  include "pointsman/http/head.hpp"\n')
        self.assert_found("include/pointsman/base/clock.hpp:3")

    def test_finds_an_include_of_no_module(self):
        self.write("src/http/head.cpp", '#include "pointsman/htpp/head.hpp"\n')
        self.assert_found("src/http/head.cpp:1")

    def test_finds_an_include_by_a_relative_path(self):
        self.write("src/http/head.cpp", '#include "../routing/balancer.hpp"\n')
        self.assert_found("src/http/head.cpp:1")

    def test_finds_io_where_something_is_decided(self):
        self.write("src/http/framing.cpp", "\n#include <boost/asio.hpp>\n")
        self.write("src/routing/balancer.cpp", "#include <boost/asio/ip/tcp.hpp>\n")
        self.assert_found("src/http/framing.cpp:2", "src/routing/balancer.cpp:1")

    def test_lets_the_registry_hold_addresses(self):
        self.write("src/CMakeLists.txt", "pointsman_module(base)\npointsman_module(http)\npointsman_module(routing)\n"
                                         "pointsman_module(registry)\n")
        self.write("src/README.md", "| `base` | x |\n| `http` | x |\n| `routing` | x |\n| `registry` | x |\n")
        self.write("src/registry/snapshot.cpp", f"#include <{ADDRESS_TYPE[1]}>\n")
        self.assert_found()
        self.write("src/registry/snapshot.cpp", "#include <boost/asio/ip/tcp.hpp>\n")
        self.write("src/routing/balancer.cpp", f"#include <{ADDRESS_TYPE[1]}>\n")
        self.assert_found("src/registry/snapshot.cpp:1", "src/routing/balancer.cpp:1")

    def test_finds_a_long_file(self):
        self.write("src/http/head.cpp", "\n" * MAX_LINES)
        self.assert_found()
        self.write("src/http/head.cpp", "\n" * (MAX_LINES + 1))
        self.assert_found(f"src/http/head.cpp:{MAX_LINES + 1}")

    def test_finds_lists_that_disagree(self):
        self.write("src/README.md", "| `http` | x |\n| `base` | x |\n| `routing` | x |\n")
        self.assert_found("src/README.md")
        self.write("src/README.md", "| `base` | x |\n| `routing` | x |\n")
        self.assert_found("src/README.md")
        self.write("src/README.md", "| `base` | x |\n| `http` | x |\n| `routing` | x |\n| `gone` | x |\n")
        self.assert_found("src/README.md")
        (self.root / "src/README.md").unlink()
        self.assert_found(*["src/README.md"] * 3)

    def test_finds_a_directory_that_is_no_module(self):
        self.write("src/stray/thing.cpp", "\n")
        self.assert_found("src/stray")

    def test_finds_a_vague_name(self):
        self.write("src/http/string_utils.cpp", "\n")
        self.write("tests/support/test_helper.py", "\n")
        self.assert_found("src/http/string_utils.cpp", "tests/support/test_helper.py")


if __name__ == "__main__":
    unittest.main()
