#!/usr/bin/env python3
"""Holds the man pages and the completion of bash against the program's own help: each command, option and API.

Usage: manual_test.py GATEWAY [-v] (the binary; the files are those of the tree that this file is in)

A new option is a line in docs/man/pointsman.1 (`.It Fl Fl NAME`, below its command's `.Ss`) and a word in
config/pointsman.bash-completion; a new key in docs/configuration.md comes into its page by docs/man/make_yaml_page.py.
mandoc has to have nothing against the pages; where it is missing: tests/programs.py.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import programs

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM_PAGE = ROOT / "docs/man/pointsman.1"
FILE_PAGE = ROOT / "docs/man/pointsman.yaml.5"
COMPLETION = ROOT / "config/pointsman.bash-completion"
KEYS = ROOT / "docs/configuration.md"
GATEWAY = ""


def section(help_text, title):
    """The lines below a title, up to the next one."""
    found = re.search(rf"^{title}:\n(.*?)(?=^\S|\Z)", help_text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def commands(*above):
    """Each command with what its help says, from the program itself."""
    text = subprocess.run([GATEWAY, *above, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    yield " ".join(("pointsman", *above)), text
    for name in re.findall(r"^  ([a-z][a-z-]*)", section(text, "Subcommands"), re.MULTILINE):
        yield from commands(*above, name)


def options_of(help_text):
    """Without --help, which every command has."""
    words = [line.split()[0] for line in section(help_text, "Options").splitlines() if line.startswith("  -")]
    return {option for word in words for option in word.split(",") if option.startswith("--")} - {"--help"}


def options_in_page(text):
    """The options of each subsection that is named after a command."""
    found = {}
    for part in re.split(r"^\.Ss ", text, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        body = re.split(r"^\.Sh ", body, flags=re.MULTILINE)[0]
        found[name.strip()] = {"--" + option for option in re.findall(r"^\.It Fl Fl ([\w-]+)", body, re.MULTILINE)} - \
            {"--help"}
    return found


def completed(*words, directory=ROOT):
    """What bash offers for the last word."""
    script = f'source "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pointsman; printf "%s\\n" ' \
             '"${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "--norc", "-uc", script, "bash", "pointsman", *words], capture_output=True, text=True,
                          check=True, timeout=60, cwd=directory)
    assert not done.stderr, done.stderr
    return set(done.stdout.split())


class TheManualPages(unittest.TestCase):
    def test_have_each_option_of_each_command(self):
        page = options_in_page(PROGRAM_PAGE.read_text())
        for command, text in commands():
            with self.subTest(command):
                self.assertIn(command, page, f"docs/man/pointsman.1 has no '.Ss {command}'")
                self.assertEqual(page.pop(command), options_of(text), "docs/man/pointsman.1 against --help")
        self.assertFalse(page, "docs/man/pointsman.1 has commands that the program has not")

    def test_say_what_the_page_of_settings_says(self):
        sys.path.insert(0, str(FILE_PAGE.parent))
        import make_yaml_page
        self.assertEqual(FILE_PAGE.read_text(), make_yaml_page.made(),
                         "docs/configuration.md has changed: run docs/man/make_yaml_page.py")

    def test_have_each_key_of_the_file(self):
        keys = re.findall(r"^\| `([a-z_.0-9]+)` \|", KEYS.read_text(), re.MULTILINE)
        self.assertGreater(len(keys), 80)
        self.assertEqual(re.findall(r"^\.It Va (\S+)$", FILE_PAGE.read_text(), re.MULTILINE), keys)

    def test_are_well_formed(self):
        mandoc = programs.demand("mandoc")
        for page in (PROGRAM_PAGE, FILE_PAGE):
            done = subprocess.run([mandoc, "-T", "lint", "-W", "warning", page], capture_output=True, text=True,
                                  timeout=60)
            self.assertEqual(done.stdout, "")


class TheCompletion(unittest.TestCase):
    def test_offers_each_command_and_option(self):
        seen = 0
        for command, text in commands():
            with self.subTest(command):
                words = command.split()[1:]
                self.assertEqual(completed(*words, "--") - {"--help"}, options_of(text),
                                 "config/pointsman.bash-completion against --help")
                below = set(re.findall(r"^  ([a-z][a-z-]*)", section(text, "Subcommands"), re.MULTILINE))
                if below:
                    self.assertEqual(completed(*words, ""), below)
                seen += 1
        self.assertGreater(seen, 10, "the help of the program is not understood")

    def test_goes_by_what_was_begun(self):
        self.assertEqual(completed("se"), {"serve"})
        self.assertEqual(completed("usage", "--j"), {"--json"})
        self.assertEqual(completed("keys", "create", "--name", "a", "--per"), {"--permissions"})
        self.assertEqual(completed("keys", "--config", "f", "cre"), {"create"})
        self.assertEqual(completed("usage", "--json", "--c"), {"--config", "--csv"})

    def test_offers_each_api(self):
        text = dict(commands())["pointsman explain"]
        apis = set(re.search(r"The API: ([\w,\s]+?)\n  --", text)[1].replace(",", " ").split())
        self.assertGreater(len(apis), 15)
        self.assertEqual(completed("explain", "--api", ""), apis)
        self.assertEqual(completed("keys", "create", "--apis", ""), apis)

    def test_offers_files_where_there_is_to_be_one(self):
        with tempfile.TemporaryDirectory() as directory:
            for name in ("one.yaml", "two.yaml"):
                (pathlib.Path(directory) / name).touch()
            for words in (("serve", "--config"), ("check-config",), ("serve",), ("doctor",), ("usage", "--ledger"), ("keys", "list", "--store"),
                          ("probe", "--ca")):
                self.assertEqual(completed(*words, "", directory=directory), {"one.yaml", "two.yaml"}, words)
                self.assertEqual(completed(*words, "t", directory=directory), {"two.yaml"}, words)

    def test_offers_nothing_where_somebody_has_a_word_of_his_own(self):
        self.assertEqual(completed("keys", "create", "--name", ""), set())
        self.assertEqual(completed("explain", "--model", ""), set())

    def test_is_there_for_the_program(self):
        done = subprocess.run(["bash", "--norc", "-c", f'source "{COMPLETION}"; complete -p pointsman'],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout, "complete -F _pointsman pointsman\n")


class TheComparison(unittest.TestCase):
    """That it can fail."""

    PAGE = ".Sh COMMANDS\n.Ss pointsman a\n.Bl\n.It Fl Fl one Ar X\n.It Fl Fl two\n.El\n.Ss pointsman b\n.Sh NEXT\n" \
           ".It Fl Fl three\n"

    def test_knows_options_of_a_page(self):
        self.assertEqual(options_in_page(self.PAGE), {"pointsman a": {"--one", "--two"}, "pointsman b": set()})

    def test_knows_options_of_a_help(self):
        text = "Usage: x\n\nOptions:\n  -h,--help      Print\n  --one X REQUIRED\n        What\n  --two  It is no --three\n\n" \
               "Exit codes: 0\n"
        self.assertEqual(options_of(text), {"--one", "--two"})


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    GATEWAY = sys.argv.pop(1)
    unittest.main()
