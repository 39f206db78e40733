#!/usr/bin/env python3
"""Holds the pages against the program: every configuration in them is taken, every command line is one that there is,
every link leads somewhere, and every error that the gateway answers is explained.

Usage: docs_test.py GATEWAY [-v] (the binary; the files are those of the tree that this file is in)

A block of YAML that is no configuration of pointsman says so behind its fence: ```yaml other.
"""

import ast
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import tomllib
import unittest

import markdown
from gateway import Gateway, HeldPort, demand_no_report, eventually, make_certificate

ROOT = markdown.ROOT
TROUBLESHOOTING = ROOT / "docs/troubleshooting.md"
INDEX = ROOT / "docs/README.md"
FILES = ("certificate", "key", "ca", "key_file", "api_key_file")  # settings whose files are read


class Place:
    """What a configuration of the pages needs around it: variables, keys and certificates."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.certificate, self.key = make_certificate(self.directory)

    def secret(self, name):
        return f"pm-docs-{name}-0123456789abcdefghijklmnopqrstuvwxyz"

    def file_for(self, setting, path):
        """A file in the place of the one that a setting names."""
        if setting in ("certificate", "ca"):
            return self.certificate
        if setting == "key":
            return self.key
        file = self.directory / re.sub(r"\W", "-", path)
        file.write_text(self.secret(path.replace("/", "-")) + "\n")
        return file

    def settle(self, text):
        """The text of a configuration whose files are there, and the variables that it needs."""
        def moved(match):
            return f"{match[1]}{match[2]}{self.file_for(match[1].rstrip(': '), match[3])}"
        settings = "|".join(FILES)
        text = re.sub(rf"(\b(?:{settings}):\s+)(\"?)((?:\$\{{CREDENTIALS_DIRECTORY\}})?/[^\s\"',}}]+)", moved, text)
        variables = {name: self.secret(name) for name in re.findall(r"(?<!\$)\$\{(\w+)\}", text)}
        return text, variables


class Pages(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = Place(directory.name)
        self.directory = pathlib.Path(directory.name)

    def check(self, text):
        """What check-config says against a configuration; empty: nothing."""
        file = self.directory / "pointsman.yaml"
        text, variables = self.place.settle(text)
        file.write_text(text)
        checked = subprocess.run([self.binary, "check-config", str(file)], env={**os.environ, **variables},
                                 capture_output=True, text=True)
        return "" if checked.returncode == 0 else checked.stdout + checked.stderr

    def test_configurations_are_taken(self):
        wrong, count = [], 0
        for page in markdown.pages():
            for block in markdown.blocks(page):
                if block.info == "yaml":
                    count += 1
                    problem = self.check(block.text)
                    wrong += [f"{block.where}: {problem}"] if problem else []
        for file in sorted(ROOT.glob("config/*.yaml")):
            count += 1
            problem = self.check(file.read_text())
            wrong += [f"{file}: {problem}"] if problem else []
        self.assertEqual(wrong, [])
        self.assertGreater(count, 15)

    def test_other_blocks_can_be_read(self):
        readers = {"json": json.loads, "python": ast.parse, "toml": tomllib.loads}
        wrong = []
        for page in markdown.pages():
            for block in markdown.blocks(page):
                if re.match(r"(?i)ya?ml", block.info) and block.info not in ("yaml", "yaml other"):
                    wrong.append(f"{block.where}: write `yaml`, or `yaml other` for what is no configuration of ours")
                reader = readers.get(block.info)
                try:
                    if reader:
                        reader(block.text)
                except (ValueError, SyntaxError) as error:
                    wrong.append(f"{block.where}: {error}")
        self.assertEqual(wrong, [])

    def test_links_lead_somewhere(self):
        wrong, count = [], 0
        for page in markdown.pages():
            for line, target in markdown.links(page):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, anchor = target.partition("#")
                there = (page.parent / path).resolve() if path else page
                if not there.exists() or ROOT not in there.parents:
                    wrong.append(f"{markdown.name(page)}:{line}: there is no {target}")
                elif anchor and there.suffix == ".md" and anchor not in markdown.anchors(there):
                    wrong.append(f"{markdown.name(page)}:{line}: {path or 'the page'} has no heading #{anchor}")
        self.assertEqual(wrong, [])
        self.assertGreater(count, 100)

    def installed_pages(self):
        """Where the pages of the package are."""
        build = pathlib.Path(self.binary).resolve().parent
        subprocess.run(["cmake", "--install", build, "--component", "pages", "--prefix", self.directory], check=True, capture_output=True)
        return self.directory / "usr/share/doc/pointsman"

    def test_the_document_of_the_package_is_of_its_version(self):
        version = subprocess.run([self.binary, "version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        documents = list(self.installed_pages().glob("**/openapi.json"))
        self.assertEqual([json.loads(each.read_text())["info"]["version"] for each in documents], [version])

    def test_links_of_the_package_lead_somewhere(self):
        top = self.installed_pages()
        # What a package's reader does without: it is about the checkout.
        checkout = re.compile(r"(src|tests|config|\.ci)/|(CONTRIBUTING|CHANGELOG)\.md$|LICENSE$")
        missing, count = set(), 0
        for page in top.glob("**/*.md"):
            for _, target in markdown.links(page):
                path = target.partition("#")[0]
                if path and not re.match(r"[a-z]+:", target):
                    count += 1
                    there = pathlib.Path(os.path.normpath(page.parent / path))
                    if not there.exists() and not checkout.match(str(there.relative_to(top))):
                        missing.add(f"{page.relative_to(top)}: {target}")
        self.assertEqual(missing, set())
        self.assertGreater(count, 100)

    def test_the_index_names_every_page(self):
        named = {(INDEX.parent / target.partition("#")[0]).resolve() for _, target in markdown.links(INDEX)}
        there = {page for page in markdown.pages() if (ROOT / "docs") in page.parents and "adr" not in page.parts} - {INDEX}
        self.assertEqual(sorted(markdown.name(page) for page in there - named), [])


class CommandLines(unittest.TestCase):
    """The command lines of the pages, held against what the programs say of themselves."""

    helps = {}

    def help_of(self, words):
        """What `pointsman WORDS --help` says; None: there is no such command."""
        if words not in self.helps:
            above = self.help_of(words[:-1]) if words else ""
            is_there = not words or re.search(rf"(?m)^  {re.escape(words[-1])}  ", above.partition("Subcommands:")[2])
            told = subprocess.run([self.binary, *words, "--help"], capture_output=True, text=True) if is_there else None
            self.helps[words] = told.stdout if told else None
        return self.helps[words]

    def problems(self, line):
        """What is wrong with one command line of ours."""
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            return [f"{line}: {error}"]
        words = [word for word in words if word not in ("…", "...")]
        command = ()
        while words and not words[0].startswith("-") and self.help_of(command) and "Subcommands:" in self.help_of(command):
            command += (words.pop(0),)
            if self.help_of(command) is None:
                return [f"{line}: there is no `{' '.join(command)}`"]
        known = set(re.findall(r"(?:^|[\s,])(--?[a-z][a-z-]*)", self.help_of(command)))
        options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
        return [f"{line}: `{' '.join(command)}` has no {option}" for option in options if option not in known]

    def command_lines(self):
        """(where, arguments) of every command line of ours, in blocks and in the text."""
        # Where a command stands: at the beginning, behind another one, or behind a variable that is set for it.
        ours = r"(?:^|[;(|&]|\bsudo\b|\bexec\b|(?<!\S)\w+=\S*) *(?:[\w./]*/)?pointsman( +[a-z-](?:(?![|;&)>`]).)*)"
        for page in markdown.pages():
            for block in markdown.blocks(page):
                if block.info in ("sh", ""):
                    for line in markdown.commands(block.text):
                        # What a block shows of an output is not meant.
                        if block.info == "" and "$ " + line not in re.sub(r"\\\n\s*", " ", block.text):
                            continue
                        for found in re.findall(ours, line):
                            yield block.where, found.strip()
            for number, line in markdown.prose(page):
                for code in re.findall(r"`pointsman ([^`]+)`", line):
                    yield f"{markdown.name(page)}:{number}", code

    def test_commands_are_there(self):
        lines = list(self.command_lines())
        wrong = [f"{where}: {problem}" for where, line in lines for problem in self.problems(line)]
        self.assertEqual(wrong, [])
        self.assertGreater(len(lines), 60)

    def test_what_is_not_there_is_seen(self):
        for line in ("serve --cofnig x", "keys make --name x", "nothing", "keys create --config x --nmae y"):
            self.assertNotEqual(self.problems(line), [], line)
        self.assertEqual(self.problems("keys create --config x --name y --models 'qwen*'"), [])

    def test_commands_of_dev_are_there(self):
        known = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
        wrong = []
        for page in markdown.pages():
            for word in re.findall(r"\./dev ([a-z-]+)", page.read_text()):
                if not re.search(rf"(?m)^  {re.escape(word)}\b", known):
                    wrong.append(f"{markdown.name(page)}: there is no ./dev {word}")
        self.assertEqual(wrong, [])


def sources(*directories):
    for directory in directories:
        for file in sorted([*(ROOT / "src" / directory).glob("*.?pp"), *(ROOT / "include/pointsman" / directory).glob("*.hpp")]):
            yield file.read_text()


def codes_in_source():
    """Every `code` of an error that the gateway answers: what is assigned, and what is handed to those who assign it."""
    found = set()
    for text in sources("api", "proxy", "http"):
        for assigned in re.findall(r"\.code = ([^;]+);", text):
            found.update(re.findall(r'(?<!== )"(\w+)"', assigned))
        found.update(re.findall(r'\b(?:forbidden|unavailable)\(\s*"(\w+)"', text))
        found.update(re.findall(r'failure_event\((?:[^;]*)"(\w+)"\)', text))
    return found


def causes_in_source():
    """Every `cause` of an access line that is not also the code of an error."""
    found = set()
    for text in sources("api", "proxy", "access", "observe"):
        found.update(re.findall(r'\{"(\w+)", Ended::', text))
        found.update(re.findall(r'\bcause = "(\w+)"', text))
        found.update(re.findall(r'(?:return |refused)\{"(key_\w+)"', text))
        found.update(re.findall(r'\bgive_up\([^;]*"(queue_\w+)"\)', text))
        found.update(re.findall(r'\bstop\((?:[^;"]*\? )?"(\w+)"', text))
        found.update(re.findall(r'"client_protocol" : "(\w+)"', text))
        found.update(re.findall(r'RelayEnd::\w+: return "(\w+)"', text))
    return found - codes_in_source()


def rows(page, heading):
    """The names in the first column of the tables below a heading."""
    text = page.read_text()
    below = re.split(r"(?m)^## ", text)
    part = next(each for each in below if each.startswith(heading))
    return {name for row in re.findall(r"(?m)^\| ([^|]+) \|", part) for name in re.findall(r"`(\w+)`", row)}


class Serving(unittest.TestCase):
    def serve(self, settings, *arguments):
        """The address of a pointsman that has an endpoint and serves until the test ends."""
        gateway = Gateway(self.binary, settings, arguments=arguments)
        self.addCleanup(gateway.close)
        return gateway.address


class Curl(Serving):
    """The blocks of docs/clients/curl.md, against the demo."""

    page = ROOT / "docs/clients/curl.md"

    def test_the_page_works(self):
        address = self.serve(None, "--demo")
        blocks = [block for block in markdown.blocks(self.page) if block.info == "sh"]
        self.assertGreater(len(blocks), 5)
        for block in blocks:
            self.assertIn("127.0.0.1:8484", block.text)
            run = subprocess.run(["bash", "-euc", block.text.replace("127.0.0.1:8484", address)], capture_output=True,
                                 text=True, timeout=60, env={**os.environ, "POINTSMAN_KEY": "unused"})
            self.assertEqual(run.returncode, 0, f"{block.where}: {run.stderr}")
            self.assertNotIn('"error":{', run.stdout, block.where)
            self.assertTrue(re.search(r'"(object|type)": ?"|^HTTP/1.1 200', run.stdout), f"{block.where}: {run.stdout}")
            if "curl -sSN" in block.text:
                self.assertGreater(run.stdout.count("data: "), 3, f"{block.where}: {run.stdout}")


SYSTEMCTL = """#!/usr/bin/env python3
# A double of systemctl: restarts the one service with the credentials of its drop-ins, and waits until it is ready.
import os, pathlib, re, socket, subprocess, sys
home, arguments = pathlib.Path(os.environ["HOME"]), sys.argv[1:]
if arguments == ["daemon-reload"]:
    sys.exit()
assert arguments == ["restart", "pointsman"], arguments
given = home / "run/credentials"
given.mkdir(parents=True)
for file in (home / "etc/systemd/system/pointsman.service.d").glob("*.conf"):
    for name, source in re.findall("(?m)^LoadCredential=(.+?):(.+)$", file.read_text()):
        (given / name).write_bytes(pathlib.Path(source).read_bytes())
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
    told.bind(str(home / "run/notify"))
    told.settimeout(30)
    # It outlives this program; the shell tells how it ended.
    subprocess.Popen(["sh", "-c", '"$@" & echo $! >pid; wait $!; echo $? >exit_code.new; mv exit_code.new exit_code', "sh", "pointsman",
                      "serve", "--config", str(home / "etc/pointsman/pointsman.yaml")],
                     env={**os.environ, "CREDENTIALS_DIRECTORY": str(given), "NOTIFY_SOCKET": str(home / "run/notify")},
                     stdout=(home / "log").open("w"), stderr=subprocess.STDOUT, start_new_session=True, cwd=home)
    while b"READY=1" not in told.recv(4096):
        pass
"""


class Service(Serving):
    """The blocks of docs/start/service.md, in one shell, from the first to the last."""

    page = ROOT / "docs/start/service.md"

    def server(self, model, demo, access=""):
        """A server with one model, which needs the key of vLLM or none."""
        return self.serve(f"endpoints:\n- {{name: demo, url: 'http://{demo}', models: [{{id: demo, aliases: ['{model}']}}]}}\n{access}")

    def port(self):
        held = HeldPort()
        self.addCleanup(held.close)
        return held

    def end(self):
        """The service that the double of systemctl has started."""
        process, exit_code = self.home / "pid", self.home / "exit_code"
        if process.exists():
            os.kill(int(process.read_text()), signal.SIGTERM)
            eventually(exit_code.exists, "the service ends")
            self.assertEqual(exit_code.read_text(), "0\n", (self.home / "log").read_text())
            demand_no_report((self.home / "log").read_text())

    def test_the_page_leads_to_a_service(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        demo = self.serve(None, "--demo")
        key = "the-key-of-vllm-0123456789abcdefghijklmnop"
        moved = {
            "127.0.0.1:11434": self.server("llama3.2:3b", demo),
            "10.0.0.12:8000": self.server("qwen3", demo, f"access: {{keys: [{{name: k, key: {key}}}]}}\n"),
            "THE-KEY-OF-VLLM": key,
            ":8443": f":{self.port()}",
            "127.0.0.1:8485": f"127.0.0.1:{self.port()}",
            "/etc/": f"{self.home}/etc/",
        }
        binaries = self.home / "bin"
        for file, text in {"apt": "#!/bin/sh\n", "systemctl": SYSTEMCTL}.items():
            binaries.mkdir(exist_ok=True)
            (binaries / file).write_text(text)
            (binaries / file).chmod(0o755)
        (binaries / "pointsman").symlink_to(pathlib.Path(self.binary).resolve())
        (self.home / "etc/pointsman").mkdir(parents=True)
        shown = [block for block in markdown.blocks(self.page) if block.info == "sh"]
        # A list of models is complete when every worker knows of both endpoints, which the log does not tell.
        probed = "until curl -s http://127.0.0.1:8485/readyz | grep -q '\"endpoints_up\":2'; do sleep 0.05; done\n"
        script = "".join(f"{probed if '/v1/models' in block.text else ''}echo '=== {block.where}'\n{block.text}" for block in shown)
        for original, place in moved.items():
            self.assertIn(original, script)
            script = script.replace(original, place)
        self.addCleanup(self.end)
        run = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=120, cwd=self.home,
                             env={"PATH": f"{binaries}:{os.environ['PATH']}", "HOME": str(self.home), "LANG": "C.UTF-8",
                                  "STATE_DIRECTORY": str(self.home / "state")})
        log = self.home / "log"
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr + (log.read_text() if log.exists() else ""))
        models, chat = (answer.partition("\n")[2] for answer in run.stdout.split("=== ")[-2:])
        self.assertLessEqual({"llama3.2:3b", "qwen3"}, {each["id"] for each in json.loads(models)["data"]})
        self.assertEqual(json.loads(chat)["object"], "chat.completion")
        for path in ("etc/pointsman/credentials/vllm", "etc/pointsman/credentials/key.pem"):
            self.assertEqual((self.home / path).stat().st_mode & 0o077, 0, path)


class Restore(unittest.TestCase):
    """The commands of docs/upgrade-and-backup.md that put a backup in the place of what is there."""

    page = ROOT / "docs/upgrade-and-backup.md"

    def test_only_the_backup_is_left_in_place(self):
        with tempfile.TemporaryDirectory() as directory:
            home = pathlib.Path(directory)
            state, backups, binaries = home / "var/lib/pointsman", home / "var/backups/pointsman", home / "bin"
            for each in (state, backups, binaries):
                each.mkdir(parents=True)
            (binaries / "systemctl").symlink_to("/bin/true")
            old = {"keys.db", "keys.db-wal", "keys.db-shm", "pointsman.db", "pointsman.db.corrupt-20261123T120000Z"}
            for name in old:
                (state / name).write_text("old")
            for name in ("keys.db", "ledger.db", "pointsman.db"):
                (backups / name).write_text("kept")
            block = next(each for each in markdown.blocks(self.page) if "systemctl stop" in each.text)
            run = subprocess.run(["bash", "-euc", f"umask 022\n{block.text.replace('/var/', f'{home}/var/')}"], capture_output=True,
                                 text=True, timeout=60, env={"PATH": f"{binaries}:{os.environ['PATH']}"})
            self.assertEqual((run.returncode, run.stderr), (0, ""), block.where)
            before = state / "before"
            self.assertEqual({each.name for each in state.iterdir()}, {"keys.db", "ledger.db", "pointsman.db", "before"})
            self.assertEqual((state / "keys.db").read_text(), "kept")
            self.assertEqual({each.name for each in before.iterdir()}, old)
            for private in (before, state / "keys.db"):
                self.assertEqual(private.stat().st_mode & 0o077, 0, private)


class Errors(unittest.TestCase):
    maxDiff = None

    def test_every_code_is_explained(self):
        there = codes_in_source()
        self.assertGreaterEqual(len(there), 18)
        self.assertIn("previous_response_not_found", there)
        self.assertNotIn("previous_response_id", there)
        self.assertEqual(sorted(rows(TROUBLESHOOTING, "What does this code mean?")), sorted(there))

    def test_every_cause_is_explained(self):
        there = causes_in_source()
        self.assertTrue({"client_left", "key_unknown", "queue_full", "idle", "upstream_protocol", "connections"} <= there)
        told = rows(TROUBLESHOOTING, "What does this cause mean?")
        self.assertEqual(sorted(there - told), [])


if __name__ == "__main__":
    Pages.binary = CommandLines.binary = Serving.binary = sys.argv.pop(1)
    unittest.main()
