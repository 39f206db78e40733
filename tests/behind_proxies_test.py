#!/usr/bin/env python3
"""Starts the proxies with the very blocks of docs/behind/ in front of a gateway, and is the client.

Usage: behind_proxies_test.py GATEWAY [-v] (the binary; the pages are those of the tree that this file is in)

Of a block, addresses and the paths of certificates are replaced, nothing else. Where one of them is missing: tests/programs.py.
"""

import base64
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import unittest

import markdown
import programs
from gateway import PATIENCE, Gateway, Handler, HeldPort, Server, end, eventually, make_certificate

EVENTS = 5
REQUEST = {"model": "m", "messages": [], "stream": True}


def text_frame(text, mask=b""):
    """A text frame of less than 126 bytes (RFC 6455, section 5.2); with a mask, as clients send it."""
    data = text.encode()
    if mask:
        data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
    return struct.pack("!BB", 0x81, len(text) | (0x80 if mask else 0)) + mask + data


def read_text_frame(read):
    """The text of the next frame, by a function that reads so many bytes."""
    _, size = read(2)
    mask = read(4) if size & 0x80 else b""
    data = read(size & 0x7F)
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)).decode() if mask else data.decode()


class Endpoint(Handler):
    """Has the model `m`. Of a chat it sends each event only when the one before it has arrived, so that a stream which
    somebody holds back never ends; over WebSocket it says what it was told."""

    arrived = threading.Semaphore(0)
    sent = 0  # events of the last stream
    silent = threading.Event()  # set: a chat is not answered
    left = threading.Event()  # somebody closed a connection whose answer was under way
    fields = {}  # of the last chat

    def do_GET(self):
        if self.path == "/v1/models":
            return self.answer(200, '{"object":"list","data":[{"id":"m","object":"model"}]}')
        if self.path == "/v1/responses" and self.headers.get("Upgrade"):
            return self.talk()
        return self.answer(404, '{"error":{"message":"no"}}')

    def talk(self):
        key = self.headers["Sec-WebSocket-Key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key).digest()).decode())
        self.end_headers()
        try:
            while True:
                told = json.loads(read_text_frame(self.rfile.read))
                self.wfile.write(text_frame(json.dumps({"type": "told", "input": told["input"]})))
        except (OSError, ValueError, struct.error):
            self.close_connection = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            request = json.loads(body)
        except ValueError:
            return self.answer(400, '{"error":{"message":"not JSON"}}')
        if self.path != "/v1/chat/completions" or "messages" not in request:
            return self.answer(404, '{"error":{"message":"no"}}')
        Endpoint.fields = dict(self.headers.items())
        if not request.get("stream"):
            return self.answer(200, json.dumps({"object": "chat.completion", "choices": [], "size": len(body)}))
        if self.silent.is_set():
            self.wait_for_the_end()
            return None
        self.begin_stream()
        for number in range(EVENTS):
            self.event(json.dumps({"choices": [{"delta": {"content": f"event {number}"}}]}))
            Endpoint.sent = number + 1
            if not self.arrived.acquire(timeout=PATIENCE):
                return None
        self.event("[DONE]")
        self.end_stream()

    def wait_for_the_end(self):
        self.connection.settimeout(PATIENCE)
        try:
            if self.connection.recv(1) == b"":
                self.left.set()
        except ConnectionResetError:
            self.left.set()
        except TimeoutError:
            pass
        self.close_connection = True


class Client:
    """One connection to a proxy over TLS."""

    def __init__(self, port, certificate):
        context = ssl.create_default_context(cafile=certificate)
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE),
                                          server_hostname="localhost")
        self.received = b""

    def send(self, method, path, fields=(), body=b""):
        lines = [f"{method} {path} HTTP/1.1", "Host: ai.example.com", *fields]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def read_until(self, text):
        while text not in self.received:
            piece = self.socket.recv(65536)
            if not piece:
                raise AssertionError(f"the connection ended before {text!r}: {self.received!r}")
            self.received += piece
        before, _, self.received = self.received.partition(text)
        return before

    def read(self, size):
        while len(self.received) < size:
            piece = self.socket.recv(65536)
            if not piece:
                raise AssertionError("the connection ended")
            self.received += piece
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def head(self):
        head = self.read_until(b"\r\n\r\n").decode()
        return int(head.split()[1]), head

    def close(self):
        self.socket.close()


class Scene:
    """The endpoint, and the gateway before it; the certificate that proxies show."""

    def __init__(self, binary):
        self.endpoint = Server(Endpoint)
        self.gateway = Gateway(binary, f"workers: 1\nendpoints:\n- name: e\n  url: {self.endpoint.url}\n"
                                       "  apis: {chat_completions: true, responses_websocket: true}")
        self.port, self.directory = self.gateway.port, self.gateway.directory
        self.certificate, self.key = make_certificate(self.directory)
        self.both = self.directory / "both.pem"
        self.both.write_text(self.certificate.read_text() + self.key.read_text())

    def close(self):
        self.gateway.close()
        self.endpoint.close()


def block_of(page, info):
    found = [block.text for block in markdown.blocks(markdown.ROOT / "docs/behind" / page) if block.info == info]
    if len(found) != 1:
        raise AssertionError(f"docs/behind/{page} has {len(found)} blocks of {info}, not one")
    return found[0]


def replaced(text, *pairs):
    """Each of the pairs is there, once at least."""
    for old, new in pairs:
        if not re.search(old, text):
            raise AssertionError(f"the page's block has no {old}")
        text = re.sub(old, lambda _: str(new), text)
    return text


class Nginx:
    name = "nginx"

    @staticmethod
    def write(scene, port):
        block = replaced(block_of("nginx.md", "nginx"), (r"127\.0\.0\.1:8484", f"127.0.0.1:{scene.port}"),
                         (r"listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
                         (r"/etc/ssl/ai\.example\.com/certificate\.pem", scene.certificate),
                         (r"/etc/ssl/ai\.example\.com/key\.pem", scene.key))
        (scene.directory / "block.conf").write_text(block)
        places = "".join(f"{each}_temp_path {scene.directory}/{each};\n"
                         for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file = scene.directory / "nginx.conf"
        file.write_text(f"daemon off;\nworker_processes 1;\npid {scene.directory}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
                        f"http {{\naccess_log off;\n{places}include {scene.directory}/block.conf;\n}}\n")
        return ["-p", str(scene.directory), "-e", "stderr", "-c", str(file)]


class HAProxy:
    name = "haproxy"

    @staticmethod
    def write(scene, port):
        file = scene.directory / "haproxy.cfg"
        file.write_text(replaced(block_of("haproxy.md", "haproxy"), (r"127\.0\.0\.1:8484", f"127.0.0.1:{scene.port}"),
                                 (r"bind :443", f"bind 127.0.0.1:{port}"),
                                 (r"/etc/haproxy/ai\.example\.com\.pem", scene.both)))
        return ["-db", "-f", str(file)]


class Caddy:
    name = "caddy"

    @staticmethod
    def write(scene, port):
        file = scene.directory / "Caddyfile"
        file.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + replaced(
            block_of("caddy.md", "caddy"), (r"127\.0\.0\.1:8484", f"127.0.0.1:{scene.port}"),
            (r"ai\.example\.com \{", f"https://:{port} {{\n\tbind 127.0.0.1\n\ttls {scene.certificate} {scene.key}")))
        return ["run", "--config", str(file), "--adapter", "caddyfile"]


class Behind:
    """What holds behind each of them; `proxy` says which."""

    proxy = None
    scene = None

    @classmethod
    def setUpClass(cls):
        program = programs.demand(cls.proxy.name)
        cls.scene = Scene(cls.gateway)
        cls.addClassCleanup(cls.scene.close)
        cls.port = HeldPort()
        cls.addClassCleanup(cls.port.close)
        cls.output = open(cls.scene.directory / "proxy.log", "w+")
        cls.addClassCleanup(cls.output.close)
        command = [program, *cls.proxy.write(cls.scene, cls.port)]
        cls.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=cls.output, stderr=subprocess.STDOUT,
                                       env={**os.environ, "HOME": str(cls.scene.directory)})
        cls.addClassCleanup(end, cls.process)
        eventually(cls.serves, "the proxy serves")

    @classmethod
    def serves(cls):
        if cls.process.poll() is not None:
            cls.output.seek(0)
            raise AssertionError("the proxy has ended: " + cls.output.read())
        try:
            client = Client(cls.port.number, cls.scene.certificate)
        except OSError:
            return False
        client.send("GET", "/healthz", ["Connection: close"])
        status, _ = client.head()
        client.close()
        return status == 200

    def setUp(self):
        self.client = Client(self.port.number, self.scene.certificate)
        self.addCleanup(self.client.close)

    def chat(self, fields=(), **more):
        self.client.send("POST", "/v1/chat/completions", fields, json.dumps({**REQUEST, **more}).encode())

    def test_events_arrive_one_by_one(self):
        self.chat()
        self.assertEqual(self.client.head()[0], 200)
        for number in range(EVENTS):
            try:
                self.client.read_until(f"event {number}".encode())
            except TimeoutError:
                self.fail(f"event {number} has not come; {Endpoint.sent} were sent, and what came ends in "
                          f"{self.client.received[-200:]!r}")
            Endpoint.arrived.release()
        self.client.read_until(b"[DONE]")

    def test_a_websocket_passes(self):
        key = base64.b64encode(b"0123456789abcdef").decode()
        self.client.send("GET", "/v1/responses", ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                                                  f"Sec-WebSocket-Key: {key}"])
        status, head = self.client.head()
        self.assertEqual(status, 101, head)
        for word in ("one", "two"):
            create = json.dumps({"type": "response.create", "model": "m", "input": word})
            self.client.socket.sendall(text_frame(create, mask=b"mask"))
            self.assertEqual(json.loads(read_text_frame(self.client.read)), {"type": "told", "input": word})

    def test_a_client_that_leaves_stops_its_request(self):
        Endpoint.left.clear()
        Endpoint.silent.set()
        self.addCleanup(Endpoint.silent.clear)
        Endpoint.fields = {}
        self.chat()
        eventually(lambda: Endpoint.fields, "the request reaches the endpoint")
        self.client.close()
        self.assertTrue(Endpoint.left.wait(PATIENCE / 2), "the endpoint goes on for nobody")

    def test_large_bodies_pass(self):
        self.chat(stream=False, padding="x" * (3 << 20))
        status, head = self.client.head()
        self.assertEqual(status, 200, head)

    def test_bodies_beyond_the_bound_are_refused(self):
        self.client.send("POST", "/v1/chat/completions", ["Content-Type: application/json", f"Content-Length: {65 << 20}",
                                                          "Expect: 100-continue"])
        status, head = self.client.head()
        if status == 100:  # the proxy asks for it by itself
            try:
                self.client.socket.sendall(b"x" * (1 << 20))
            except OSError:
                pass
            status, head = self.client.head()
        self.assertEqual(status, 413, head)

    def test_operations_cannot_be_reached(self):
        for path in ("/metrics", "/endpoints", "/explain", "/readyz"):
            client = Client(self.port.number, self.scene.certificate)
            self.addCleanup(client.close)
            client.send("GET", path)
            status, head = client.head()
            self.assertEqual(status, 404, f"{path}: {head}")

    def test_what_clients_say_of_their_address_ends_here(self):
        self.chat(["X-Forwarded-For: 192.0.2.1", "X-Title: passes"], stream=False)
        self.assertEqual(self.client.head()[0], 200)
        fields = {name.lower(): value for name, value in Endpoint.fields.items()}
        self.assertNotIn("x-forwarded-for", fields)
        self.assertEqual(fields["x-title"], "passes")

    def test_connections_are_kept(self):
        for _ in range(3):
            self.client.send("GET", "/v1/models")
            status, head = self.client.head()
            self.assertEqual(status, 200)
            size = re.search(r"(?i)content-length: (\d+)", head)
            self.client.read(int(size[1]))


class BehindNginx(Behind, unittest.TestCase):
    proxy = Nginx


class BehindHAProxy(Behind, unittest.TestCase):
    proxy = HAProxy


class BehindCaddy(Behind, unittest.TestCase):
    proxy = Caddy


if __name__ == "__main__":
    Behind.gateway = sys.argv.pop(1)
    unittest.main()
