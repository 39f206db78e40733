#!/usr/bin/env python3
"""Holds the units of config/ against systemd's own checks, and starts the gateway as they say.

Usage: units_test.py GATEWAY [-v] (the binary; the files are those of the tree that this file is in)

What starts it here is a double of systemd: it hands in the sockets by their names, listens at NOTIFY_SOCKET and wants to
hear from the watchdog. `./dev package test` does the same with a real one. Where there is no systemd-analyze: tests/programs.py.
"""

import configparser
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import programs
from gateway import PATIENCE, demand_no_report

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVICE = ROOT / "config/pointsman.service"
SOCKETS = {"main": ROOT / "config/pointsman.socket", "operations": ROOT / "config/pointsman-operations.socket"}
EXAMPLE = ROOT / "config/pointsman.yaml"
MOST_EXPOSED = 15  # tenths; systemd calls up to 2 "OK"
GATEWAY = ""


def settings(unit):
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str
    parser.read_string(unit.read_text())
    return {key: value for part in parser.sections() for key, value in parser[part].items()}


class SystemdItself(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = programs.demand("systemd-analyze")

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        for unit in (SERVICE, *SOCKETS.values()):
            # The program need not be installed for the unit to be right.
            (self.directory / unit.name).write_text(unit.read_text().replace("/usr/bin/pointsman", GATEWAY))
        self.service = self.directory / SERVICE.name

    def analyze(self, *arguments):
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=60)

    def test_has_nothing_against_the_units(self):
        done = self.analyze("verify", "--man=no", *sorted(self.directory.iterdir()))
        # This machine's own units are not ours.
        about_ours = [line for line in done.stderr.splitlines() if "pointsman" in line]
        self.assertEqual((about_ours, done.returncode), ([], 0), done.stderr)

    def test_would_say_what_is_wrong(self):
        self.service.write_text(self.service.read_text() + "\n[Service]\nNoSuchSetting=yes\n")
        self.assertIn("NoSuchSetting", self.analyze("verify", "--man=no", str(self.service)).stderr)

    def test_finds_little_exposed(self):
        security = ("security", "--offline=true", f"--threshold={MOST_EXPOSED}")
        done = self.analyze(*security, str(self.service))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"Overall exposure level for pointsman.service: [01]\.\d OK")
        self.service.write_text(re.sub(r"^(System|Protect).*\n", "", self.service.read_text(), flags=re.MULTILINE))
        self.assertNotEqual(self.analyze(*security, str(self.service)).returncode, 0)


class TheUnits(unittest.TestCase):
    def test_have_sockets_where_the_file_says_that_it_listens(self):
        text = EXAMPLE.read_text()
        for name, key in (("main", "listen:\n  - address"), ("operations", "operations:\n  address")):
            unit = settings(SOCKETS[name])
            self.assertEqual(unit["FileDescriptorName"], name)
            self.assertEqual(unit["Service"], SERVICE.name)
            self.assertIn(f"{key}: {unit['ListenStream']}\n", text)

    def test_give_the_drain_its_time(self):
        drain = int(re.search(r"^  drain: (\d+)s", EXAMPLE.read_text(), re.MULTILINE)[1])
        self.assertGreater(int(settings(SERVICE)["TimeoutStopSec"].rstrip("s")), drain)

    def test_say_to_the_heap_what_it_understands(self):
        """What glibc does not know it passes over in silence."""
        name, tunables = settings(SERVICE)["Environment"].split("=", 1)
        loader = re.search(rb"/lib[^\0]*/ld-linux[^\0]*", pathlib.Path(GATEWAY).read_bytes()[:8192])[0]
        known = subprocess.run([loader, "--list-tunables"], env={name: tunables}, capture_output=True, text=True, timeout=60)
        for tunable in tunables.split(":"):
            key, value = tunable.split("=")
            self.assertRegex(known.stdout, rf"(?m)^{re.escape(key)}: {hex(int(value))} ")


class AServiceManager(unittest.TestCase):
    """Starts the gateway as the units say."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.log = self.directory / "gateway.log"
        self.unit = settings(SERVICE)
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.notices.close)
        self.notices.bind(str(self.directory / "notify"))
        self.notices.settimeout(60)
        self.sockets = {}
        for name in SOCKETS:
            self.sockets[name] = socket.create_server(("127.0.0.1", 0), backlog=int(settings(SOCKETS[name])["Backlog"]))
            self.addCleanup(self.sockets[name].close)
        file = self.directory / "pointsman.yaml"
        file.write_text("endpoints: [{name: e, url: \"http://127.0.0.1:1\"}]\n")
        self.command = self.unit["ExecStart"].replace("/usr/bin/pointsman", GATEWAY)
        self.command = self.command.replace("/etc/pointsman/pointsman.yaml", str(file)).split()

    def start(self):
        # LISTEN_PID is the process's own: a shell that becomes the gateway knows it.
        shell = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *self.command]
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(self.directory / "notify"),
                       "WATCHDOG_USEC": "1000000", "STATE_DIRECTORY": str(self.directory),
                       "LISTEN_FDS": str(len(self.sockets)), "LISTEN_FDNAMES": ":".join(self.sockets)}
        environment |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        descriptors = [each.fileno() for each in self.sockets.values()]

        def hand_in():
            kept = [os.dup(each) for each in descriptors]
            for number, each in enumerate(kept):
                os.dup2(each, 3 + number)

        with self.log.open("a") as log:
            process = subprocess.Popen(shell, env=environment, preexec_fn=hand_in, close_fds=False, stdout=log,
                                       stderr=subprocess.STDOUT)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 0, self.log.read_text())
        demand_no_report(self.log.read_text())

    def hear(self, what):
        for _ in range(1000):
            if what in self.notices.recv(4096).decode().split("\n"):
                return
        self.fail(f"{what} was not heard")

    def get(self, name, path):
        address = "http://%s:%d%s" % (*self.sockets[name].getsockname(), path)
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status

    def test_is_told_of_the_whole_life(self):
        process = self.start()
        self.hear("READY=1")
        self.assertEqual(self.get("main", "/healthz"), 200)
        self.assertEqual(self.get("operations", "/metrics"), 200)
        self.hear("WATCHDOG=1")
        process.send_signal(getattr(signal, "SIG" + re.search(r"-(\w+) \${MAINPID}", self.unit["ExecReload"])[1]))
        self.hear("RELOADING=1")
        self.hear("READY=1")
        self.end(process)
        self.hear("STOPPING=1")

        # Who comes while nobody serves waits in the queue for the next one.
        waiting = socket.create_connection(self.sockets["main"].getsockname(), timeout=60)
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        process = self.start()
        self.assertIn(b" 200 ", waiting.recv(4096).split(b"\r\n")[0])
        waiting.close()
        self.end(process)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    GATEWAY = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
