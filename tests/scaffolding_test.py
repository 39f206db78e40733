#!/usr/bin/env python3
"""That what the tests in Python share can find fault: with a gateway that ends wrongly, and with a program that is missing.

Usage: scaffolding_test.py [-v]
"""

import contextlib
import io
import os
import pathlib
import socket
import tempfile
import unittest
from unittest import mock

import programs
from gateway import Gateway, HeldPort

# A double of the gateway: it says where it listens, and ends in the way that it is told.
DOUBLE = """#!/bin/sh
trap '{last_words}; exit {code}' TERM
echo '{{"listener":"main","address":"127.0.0.1:1"}}'
echo '{{"listener":"operations","address":"127.0.0.1:2"}}'
while :; do sleep 0.01; done
"""


class AGateway(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def gateway(self, last_words=":", code=0, settings=None):
        double = self.directory / "double"
        double.write_text(DOUBLE.format(last_words=last_words, code=code))
        double.chmod(0o755)
        return Gateway(str(double), settings, endpoints_up=0)

    def test_says_its_ports(self):
        gateway = self.gateway()
        self.assertEqual((gateway.address, gateway.operations), ("127.0.0.1:1", "127.0.0.1:2"))
        gateway.close()
        gateway.close()

    def test_has_to_end_with_0(self):
        with self.assertRaisesRegex(AssertionError, "ended with 3, not with 0"):
            self.gateway(code=3).close()

    def test_may_not_end_by_itself(self):
        gateway = self.gateway()
        gateway.process.kill()
        gateway.process.wait()
        with self.assertRaisesRegex(AssertionError, "by itself, with -9"):
            gateway.close()

    def test_has_to_listen(self):
        nobody = self.directory / "nobody"
        nobody.write_text("#!/bin/sh\necho no\nexit 2\n")
        nobody.chmod(0o755)
        with self.assertRaisesRegex(AssertionError, "by itself, with 2:\nno"), contextlib.redirect_stdout(io.StringIO()):
            Gateway(str(nobody), None, endpoints_up=0)

    def test_may_not_print_what_a_sanitizer_finds(self):
        for report in ("==7==ERROR: AddressSanitizer: heap-use-after-free", "WARNING: ThreadSanitizer: data race",
                       "a.cpp:1:2: runtime error: signed integer overflow", "==7==ERROR: LeakSanitizer: detected memory leaks"):
            with self.assertRaisesRegex(AssertionError, "a sanitizer found something"):
                self.gateway(last_words=f'echo "{report}"').close()

    def test_is_kept_for_the_test_of_secrets(self):
        with mock.patch.dict(os.environ, POINTSMAN_TEST_OUTPUT=str(self.directory)):
            self.gateway(settings="access: {keys: [{name: a, key: given-in-the-file}]}\napi_key: '${TOKEN}'",
                         last_words="echo last words").close()
        kept = {file.suffix: file.read_text() for file in self.directory.glob("*.*")}
        self.assertEqual(kept[".secrets"], "given given-in-the-file\n")
        self.assertIn("last words", kept[".output"])


class AHeldPort(unittest.TestCase):
    def test_is_nobodys_until_somebody_is_told_of_it(self):
        held = HeldPort()
        self.addCleanup(held.close)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", held.number))
        with socket.create_server(("127.0.0.1", held.number)):
            socket.create_connection(("127.0.0.1", held.number)).close()


class AProgram(unittest.TestCase):
    def demand(self, name, **environment):
        with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(io.StringIO()) as said:
            try:
                return programs.demand(name)
            finally:
                self.said = said.getvalue()

    def test_is_found(self):
        self.assertTrue(os.access(self.demand("sh", CI="true"), os.X_OK))

    def test_is_skipped_and_said_where_it_is_missing(self):
        with self.assertRaises(unittest.SkipTest):
            self.demand("no-such-program", CI="")
        self.assertRegex(self.said, "^SKIPPED: .*no-such-program")

    def test_has_to_be_there_with_ci(self):
        with self.assertRaisesRegex(AssertionError, "no-such-program"):
            self.demand("no-such-program", CI="true", UNAVAILABLE="another-program")

    def test_is_skipped_with_ci_where_nobody_has_it(self):
        with self.assertRaises(unittest.SkipTest):
            self.demand("no-such-program", CI="true", UNAVAILABLE="another-program no-such-program")
        self.assertRegex(self.said, "^SKIPPED: .*apt could not get it")


if __name__ == "__main__":
    unittest.main()
