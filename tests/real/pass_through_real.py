#!/usr/bin/env python3
"""Real llama.cpp servers behind pointsman: what comes through is what they say.

Every request goes to the server directly and through the gateway. Status, content type and the whole body must be the
same but for what differs between any two answers: ids, times and timings. The model is tiny and random, so every request
fixes the seed, and forbids the prompt cache, whose state would show in `usage`.

Run by ./dev test-real, which sets POINTSMAN and LLAMA_SERVER.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PATIENCE = 120  # seconds; the first start of llama-server may have to install it
FIXED = {"seed": 7, "cache_prompt": False}
MESSAGES = [{"role": "user", "content": "tell me of the points and the trains"}]
DIFFERS = {"id", "item_id", "created", "created_at", "completed_at", "timings"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.content_type = response.getheader("Content-Type")
        self.header = response.getheader
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def events(self):
        """Each event as its name and its data."""
        events = []
        for event in self.body.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in event.split("\n") if line)
            if lines:
                data = lines["data"]
                events.append((lines.get("event"), data if data == "[DONE]" else json.loads(data)))
        return events

    def comparable(self):
        """The body without what differs between any two answers. Everything else stays as it is, byte for byte."""
        text = self.body.decode()
        for field in DIFFERS:
            text = re.sub(rf'"{field}":("[^"]*"|\d+|\{{[^}}]*\}})', f'"{field}":0', text)
        return text


class Server:
    """A program that answers HTTP on a port of its own."""

    def __init__(self, command, port, ready_path, log):
        self.port = port
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready(ready_path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                sys.exit(f"{command[0]} does not answer on port {port}; its output:\n{self.output()}")
            time.sleep(0.05)

    def is_ready(self, path):
        try:
            return self.get(path).status == 200
        except OSError:
            return False

    def send(self, method, path, body=None):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            return Answer(connection.getresponse())

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, **fields):
        return self.send("POST", path, json.dumps(fields))

    def output(self):
        with open(self.log) as file:
            return file.read()[-4000:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Recorder:
    """Stands in front of a server, forwards every byte both ways, and keeps what was sent to it."""

    def __init__(self, port):
        self.upstream = ("127.0.0.1", port)
        self.sent = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.create_connection(self.upstream) as upstream:
            answers = threading.Thread(target=self.forward, args=(upstream, client), daemon=True)
            answers.start()
            self.forward(client, upstream, keep=True)
            answers.join()

    def forward(self, source, target, keep=False):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keep:
                    self.sent += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def start_llama(directory, name, *options):
    port = free_port()
    return Server([os.environ["LLAMA_SERVER"], str(port), *options], port, "/health", f"{directory}/{name}.log")


def start_gateway(directory, **upstreams):
    port, operations = free_port(), free_port()
    with open(f"{directory}/pointsman.yaml", "w") as file:
        print(f"listen: 127.0.0.1:{port}", file=file)
        print(f'operations: {{address: "127.0.0.1:{operations}"}}', file=file)
        print(f"store: {{path: {directory}/pointsman.db}}", file=file)
        print("endpoints:", file=file)
        for name, server in upstreams.items():
            print(f'  - {{name: {name}, url: "http://127.0.0.1:{server.port}"}}', file=file)
    command = [os.environ["POINTSMAN"], "serve", "--config", file.name]
    gateway = Server(command, port, "/healthz", f"{directory}/pointsman.log")
    deadline = time.monotonic() + PATIENCE
    while len(gateway.get("/v1/models").json()["data"]) < len(upstreams):
        if time.monotonic() > deadline:
            sys.exit(f"the gateway does not find its endpoints; its log:\n{gateway.output()}")
        time.sleep(0.05)
    return gateway


class PassThrough(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="pointsman-real-"))
        cls.chat_server = start_llama(directory, "chat")
        cls.addClassCleanup(cls.chat_server.stop)
        cls.embedding_server = start_llama(directory, "embed", "-m", "/models/tiny-embed.gguf", "--embeddings")
        cls.addClassCleanup(cls.embedding_server.stop)
        cls.recorder = Recorder(cls.chat_server.port)
        cls.gateway = start_gateway(directory, chat=cls.recorder, embed=cls.embedding_server)
        cls.addClassCleanup(cls.stop_gateway)
        cls.embedding_model = cls.embedding_server.get("/v1/models").json()["data"][0]["id"]

    @classmethod
    def stop_gateway(cls):
        assert cls.gateway.stop() == 0, f"the gateway did not end well; its log:\n{cls.gateway.output()}"

    def assert_same(self, path, server=None, **fields):
        """Asks both ways; returns the answer that came through the gateway."""
        direct = (server or self.chat_server).post(path, **fields)
        through = self.gateway.post(path, **fields)
        self.assertEqual(through.status, direct.status)
        self.assertEqual(through.content_type, direct.content_type)
        self.assertEqual(through.comparable(), direct.comparable())
        return through

    def assert_same_chat(self, **fields):
        fields = {"model": "tiny", "messages": MESSAGES, "max_tokens": 12, **FIXED, **fields}
        return self.assert_same("/v1/chat/completions", **fields)

    def assert_same_response(self, **fields):
        fields = {"model": "tiny", "input": MESSAGES, "max_output_tokens": 12, **FIXED, **fields}
        return self.assert_same("/v1/responses", **fields)

    def test_chat(self):
        answer = self.assert_same_chat().json()
        self.assertTrue(answer["choices"][0]["message"]["content"])
        self.assertEqual(answer["usage"]["completion_tokens"], 12)

    def test_chat_at_temperature_zero(self):
        self.assert_same_chat(temperature=0)

    def test_the_seed_comes_through(self):
        one, other = self.assert_same_chat(seed=1), self.assert_same_chat(seed=2)
        self.assertNotEqual(one.comparable(), other.comparable())

    def test_streamed_chat(self):
        events = self.assert_same_chat(stream=True).events()
        self.assertEqual(events[-1], (None, "[DONE]"))
        self.assertFalse(any(data.get("usage") for _, data in events[:-1]), "nobody asked for the usage")

    def test_streamed_chat_with_usage(self):
        events = self.assert_same_chat(stream=True, stream_options={"include_usage": True}).events()
        self.assertEqual(events[-2][1]["choices"], [])
        self.assertEqual(events[-2][1]["usage"]["completion_tokens"], 12)

    def test_logprobs(self):
        answer = self.assert_same_chat(logprobs=True, top_logprobs=3).json()
        tokens = answer["choices"][0]["logprobs"]["content"]
        self.assertTrue(tokens)
        self.assertTrue(all(len(token["top_logprobs"]) == 3 for token in tokens))

    def test_streamed_logprobs(self):
        self.assertIn("top_logprobs", self.assert_same_chat(stream=True, logprobs=True, top_logprobs=2).comparable())

    def test_n(self):
        self.assertEqual(len(self.assert_same_chat(n=3, temperature=0).json()["choices"]), 3)

    def test_penalties(self):
        plain = self.assert_same_chat(temperature=0, max_tokens=40)
        penalised = self.assert_same_chat(
            temperature=0, max_tokens=40, presence_penalty=1.5, frequency_penalty=1.5, repeat_penalty=1.8
        )
        self.assertNotEqual(plain.comparable(), penalised.comparable())

    def test_completions(self):
        self.assert_same("/v1/completions", model="tiny", prompt="the points", max_tokens=12, logprobs=2, **FIXED)

    def test_responses(self):
        answer = self.assert_same_response().json()
        self.assertEqual(answer["status"], "completed")
        self.assertEqual(answer["usage"]["output_tokens"], 12)

    def test_streamed_responses(self):
        events = self.assert_same_response(stream=True).events()
        self.assertEqual(events[0][0], "response.created")
        self.assertEqual(events[-1][0], "response.completed")
        self.assertTrue(all(name == data["type"] for name, data in events))

    def test_an_endpoints_own_refusal(self):
        answer = self.assert_same_chat(max_tokens="many")
        self.assertGreaterEqual(answer.status, 400)

    def test_embeddings(self):
        for given in ("one text", ["one text", "another"]):
            fields = {"model": self.embedding_model, "input": given}
            answer = self.assert_same("/v1/embeddings", server=self.embedding_server, **fields).json()
            self.assertGreater(len(answer["data"][0]["embedding"]), 1)

    def test_embeddings_from_a_chat_model_are_refused_before_anything_goes_upstream(self):
        answer = self.gateway.post("/v1/embeddings", model="tiny", input="a text to embed")
        self.assertEqual(answer.status, 501)
        self.assertEqual(answer.header("x-should-retry"), "false")
        error = answer.json()["error"]
        self.assertEqual(error["code"], "unsupported_api")
        self.assertIn("tiny", error["message"])
        self.assert_same_chat(messages=[{"role": "user", "content": "a text to answer"}])
        self.assertIn(b"a text to answer", self.recorder.sent)
        self.assertNotIn(b"a text to embed", self.recorder.sent)

    def test_what_each_model_supports(self):
        models = {model["id"]: model["supported_apis"] for model in self.gateway.get("/v1/models").json()["data"]}
        self.assertLessEqual({"chat_completions", "responses"}, set(models["tiny"]))
        self.assertNotIn("embeddings", models["tiny"])
        self.assertIn("embeddings", models[self.embedding_model])


if __name__ == "__main__":
    unittest.main()
