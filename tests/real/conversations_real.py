#!/usr/bin/env python3
"""Two real llama.cpp servers and three doubles of servers that keep responses, behind one gateway with two keys.

200 conversations of five turns each, in parallel, streamed and not, and the gateway is restarted in the middle: every
turn reaches the server that keeps the turn before, every GET by id is answered, no other key can read one, and DELETE
deletes where it is kept. Meanwhile the real servers, which keep nothing, answer the same API for their own model.

Run by ./dev test-real, which sets POINTSMAN and LLAMA_SERVER.
"""

import concurrent.futures
import http.client
import http.server
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

CONVERSATIONS, TURNS, AT_ONCE = 200, 5, 16
KEYS = ["sk-one", "sk-two"]
PATIENCE = 120  # seconds; the first start of llama-server may have to install it


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Keeper:
    """Keeps each response that it makes, and counts who goes on with one that it never made."""

    def __init__(self, name):
        self.kept, self.strays, self.lock = {}, 0, threading.Lock()
        numbers = itertools.count(1)
        keeper = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body, content_type="application/json"):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def fail(self, status, message):
                self.answer(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})

            def kept_id(self):
                return self.path.removeprefix("/v1/responses/")

            def do_GET(self):
                if self.path == "/v1/models":
                    return self.answer(200, {"object": "list", "data": [{"id": "kept", "object": "model"}]})
                with keeper.lock:
                    found = keeper.kept.get(self.kept_id())
                return self.answer(200, found) if found else self.fail(404, "not found")

            def do_DELETE(self):
                with keeper.lock:
                    found = keeper.kept.pop(self.kept_id(), None)
                return self.answer(200, {"id": self.kept_id(), "deleted": True}) if found else self.fail(404, "not found")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path != "/v1/responses":
                    return self.fail(404, "no such route")
                try:
                    request = json.loads(body)
                except ValueError:
                    return self.fail(400, "the body is not JSON")
                if request.get("model") != "kept" or "input" not in request:
                    return self.fail(400, "model and input are required")
                before = request.get("previous_response_id")
                with keeper.lock:
                    if before is not None and before not in keeper.kept:
                        keeper.strays += 1
                        return self.fail(404, "previous response not found")
                    turns = keeper.kept[before]["turns"] + 1 if before else 1
                    response = {"id": f"resp_{name}_{next(numbers)}", "object": "response", "status": "completed",
                                "turns": turns, "output": [], "usage": {"input_tokens": 1, "output_tokens": 1}}
                    keeper.kept[response["id"]] = response
                if not request.get("stream"):
                    return self.answer(200, response)
                events = [{"type": kind, "sequence_number": number, "response": response}
                          for number, kind in enumerate(("response.created", "response.completed"))]
                text = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)
                return self.answer(200, text.encode(), "text/event-stream")

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Program:
    def __init__(self, command, log):
        with open(log, "ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def ask(port, method, path, key=None, **fields):
    """Status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request(method, path, json.dumps(fields) if fields else None,
                           headers | ({"Content-Type": "application/json"} if fields else {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            sys.exit(f"{what} does not come")
        time.sleep(0.05)


class Conversations(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.keepers = [Keeper(name) for name in "abc"]
        llamas = []
        for number in (1, 2):
            port = free_port()
            program = Program([os.environ["LLAMA_SERVER"], str(port)], f"{self.directory.name}/llama-{number}.log")
            self.addCleanup(program.stop)
            until(lambda port=port: ask(port, "GET", "/health")[0] == 200, "llama-server")
            llamas.append(port)
        self.port, self.operations = free_port(), free_port()
        endpoints = [(f"keeper-{number}", each.port) for number, each in enumerate(self.keepers)]
        endpoints += [(f"llama-{number}", port) for number, port in enumerate(llamas)]
        self.file = pathlib.Path(self.directory.name, "pointsman.yaml")
        self.file.write_text(f"""\
listen: 127.0.0.1:{self.port}
operations: 127.0.0.1:{self.operations}
store: {{path: "{self.directory.name}/pointsman.db"}}
access: {{keys: [{{name: one, key: {KEYS[0]}}}, {{name: two, key: {KEYS[1]}}}]}}
endpoints:
""" + "".join(f'  - {{name: {name}, url: "http://127.0.0.1:{port}"}}\n' for name, port in endpoints))
        self.gateway = None
        self.addCleanup(lambda: self.gateway.stop())
        self.start(len(endpoints))

    def start(self, endpoints):
        self.gateway = Program([os.environ["POINTSMAN"], "serve", "--config", self.file],
                               f"{self.directory.name}/pointsman.log")
        until(lambda: json.loads(ask(self.operations, "GET", "/readyz")[1]).get("endpoints_up") == endpoints, "readiness")

    def turn(self, key, before, stream):
        fields = {"model": "kept", "input": "on", "stream": stream}
        if before:
            fields["previous_response_id"] = before
        status, body = ask(self.port, "POST", "/v1/responses", key, **fields)
        self.assertEqual(status, 200, body)
        if stream:
            last = body.decode().strip().rsplit("data: ", 1)[1]
            return json.loads(last)["response"]
        return json.loads(body)

    def half(self, conversation, turns):
        number, before = conversation
        for turn in turns:
            response = self.turn(KEYS[number % 2], before, stream=(number + turn) % 3 == 0)
            self.assertEqual(response["turns"], turn + 1)
            before = response["id"]
        return number, before

    def whole(self, conversation):
        number, last = conversation
        key, other = KEYS[number % 2], KEYS[(number + 1) % 2]
        self.assertEqual(ask(self.port, "GET", f"/v1/responses/{last}", other)[0], 404)
        self.assertEqual(ask(self.port, "DELETE", f"/v1/responses/{last}", other)[0], 404)
        status, body = ask(self.port, "GET", f"/v1/responses/{last}", key)
        self.assertEqual((status, json.loads(body)["turns"]), (200, TURNS))
        self.assertEqual(ask(self.port, "DELETE", f"/v1/responses/{last}", key)[0], 200)
        self.assertEqual(ask(self.port, "GET", f"/v1/responses/{last}", key)[0], 404)

    def real(self, number):
        status, body = ask(self.port, "POST", "/v1/responses", KEYS[number % 2], model="tiny", input="points",
                           max_output_tokens=4, stream=number % 2 == 0)
        self.assertEqual(status, 200, body)

    def test_every_turn_reaches_its_keeper(self):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            everyone = [(number, None) for number in range(CONVERSATIONS)]
            beside = pool.map(self.real, range(20))
            everyone = list(pool.map(lambda each: self.half(each, range(0, 2)), everyone))
            list(beside)
            self.assertEqual(self.gateway.stop(), 0)
            self.start(len(self.keepers) + 2)
            everyone = list(pool.map(lambda each: self.half(each, range(2, TURNS)), everyone))
            list(pool.map(self.whole, everyone))
        self.assertEqual([each.strays for each in self.keepers], [0, 0, 0])
        self.assertTrue(all(each.kept for each in self.keepers), "all of them had some")


if __name__ == "__main__":
    unittest.main()
