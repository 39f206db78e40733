"""The gateway as a child process of a test, and what stands around it: doubles of servers, ports, conditions.

A gateway that does not exit with 0 when it is told to end, or printed what a sanitizer found, fails the test that started it.
"""

import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import kept_output

PATIENCE = 30  # seconds


def eventually(truth, what="", seconds=PATIENCE):
    """What the condition says as soon as it holds."""
    until = time.monotonic() + seconds
    while not (said := truth()):
        if time.monotonic() > until:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)
    return said


def end(process):
    """Ends a program that need not say how it ended."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def make_certificate(directory):
    """The files of a certificate for this machine that signs itself, and of its key."""
    certificate, key = (pathlib.Path(directory) / name for name in ("certificate.pem", "key.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    return certificate, key


def demand_no_report(log):
    """Fails on what a sanitizer prints."""
    found = re.search(r"\w+Sanitizer:|runtime error:", log)
    if found:
        raise AssertionError("a sanitizer found something: " + log[max(0, found.start() - 200):][:8000])


class HeldPort:
    """A port of loopback where nobody answers, and which nobody else is given by chance. It is bound and does not listen, so that
    a program that is told of it may do that (SO_REUSEADDR, which every server sets)."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]

    def __str__(self):
        return str(self.number)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.number}"

    def close(self):
        self.socket.close()


class Server(http.server.ThreadingHTTPServer):
    """A double of a server, on a port of its own, until it is closed."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def close(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """The gateway may leave in the middle of an answer."""


class Handler(http.server.BaseHTTPRequestHandler):
    """What a double answers with."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", fields=()):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, data):
        event = f"data: {data}\n\n"
        self.wfile.write(f"{len(event):x}\r\n{event}\r\n".encode())
        self.wfile.flush()

    def end_stream(self):
        self.wfile.write(b"0\r\n\r\n")


class Gateway:
    """`pointsman serve`, in a directory of its own, on ports that it chooses and says in its log. When it was made it listens, and so many
    endpoints have been probed and are up.

    The settings are lines of YAML, without `listen`, `operations` and `store`; None: it has no file."""

    def __init__(self, binary, settings, *, arguments=(), environment=None, operations="127.0.0.1", endpoints_up=1):
        self.home = tempfile.TemporaryDirectory()
        self.directory = pathlib.Path(self.home.name)
        self.log = self.directory / "gateway.log"
        command = [binary, "serve", *arguments]
        if settings is None:
            command += ["--listen", "127.0.0.1:0", "--operations", f"{operations}:0"]
        else:
            file = self.directory / "pointsman.yaml"
            file.write_text(f"listen: 127.0.0.1:0\noperations: {operations}:0\nstore: {{path: {self.directory}/pointsman.db}}\n{settings}\n")
            command += ["--config", str(file)]
            kept_output.keep_secrets(settings, environment or {})
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                            env={**os.environ, **(environment or {})})
        self.is_stopped = False
        self.ports = {}
        try:
            eventually(self.says_where_it_listens, "the gateway listens")
            if endpoints_up:
                eventually(lambda: self.has_up(endpoints_up), f"{endpoints_up} endpoints are up")
        except BaseException:
            end(self.process)
            print(self.text())
            self.home.cleanup()
            raise

    def says_where_it_listens(self):
        self.demand_running()
        said = re.findall(r'listener"?[=:]"?(\w+)"?[ ,]"?address"?[=:]"?[\w.]+:(\d+)', self.text())
        self.ports = {name: int(port) for name, port in said}
        return {"main", "operations"} <= set(self.ports)

    def demand_running(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the gateway has ended by itself, with {self.process.returncode}:\n{self.text()}")

    @property
    def port(self):
        return self.ports["main"]

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def operations(self):
        return f"127.0.0.1:{self.ports['operations']}"

    def has_up(self, endpoints):
        self.demand_running()
        try:
            with urllib.request.urlopen(f"http://{self.operations}/readyz", timeout=PATIENCE) as answer:
                return json.load(answer)["endpoints_up"] >= endpoints
        except urllib.error.HTTPError:
            return False

    def metric(self, name, having=""):
        """The sum of the samples whose line begins so and has that in it."""
        with urllib.request.urlopen(f"http://{self.operations}/metrics", timeout=PATIENCE) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and having in line)

    def text(self):
        """Its log."""
        return self.log.read_text(errors="replace")

    def lines(self, **wanted):
        """The lines of its log that have these members."""
        found = []
        for line in self.text().splitlines():
            try:
                read = json.loads(line)
            except ValueError:
                continue
            if all(read.get(key) == value for key, value in wanted.items()):
                found.append(read)
        return found

    def stop(self):
        """Tells it to end; how many seconds that took."""
        self.is_stopped = True
        try:
            self.demand_running()
            began = time.monotonic()
            self.process.terminate()
            code = self.process.wait(PATIENCE)
            took = time.monotonic() - began
        except BaseException:
            end(self.process)
            raise
        finally:
            kept_output.keep_directory(self.directory)
        demand_no_report(self.text())
        if code != 0:
            raise AssertionError(f"the gateway ended with {code}, not with 0:\n{self.text()}")
        return took

    def close(self):
        try:
            if not self.is_stopped:
                self.stop()
        finally:
            self.home.cleanup()
