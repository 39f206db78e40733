#!/usr/bin/env python3
"""Holds what a gateway answers against docs/openapi.json: every route, with every status that can be provoked, has to answer with
that status, that content type, those headers and a body that the schema allows.

Usage: openapi_test.py GATEWAY [-v] (the binary; the document is that of the tree that this file is in)

Where openapi-spec-validator is installed, it has to agree that the document is OpenAPI 3.1.
That the document has every route and no other is tests/unit/api/openapi_test.cpp's to say.
"""

import base64
import hashlib
import http.client
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

import json_schema

try:
    import openapi_spec_validator
except ImportError:
    openapi_spec_validator = None

METHODS = ("get", "post", "delete", "put", "patch")
# What is not provoked here: it takes half a minute, a fault of the gateway, or an endpoint that keeps something and fails.
ELSEWHERE = {("passed through", 408), ("passed through", 500), ("kept by an endpoint", 400), ("kept by an endpoint", 408),
             ("kept by an endpoint", 500), ("kept by an endpoint", 502), ("kept by an endpoint", 503), ("kept by an endpoint", 504),
             ("over WebSocket", 400), ("over WebSocket", 500), ("over WebSocket", 502), ("over WebSocket", 503),
             ("over WebSocket", 504), ("models", 503)}
KEYS = {"all": "key-of-who-may-do-all", "tokenizes": "key-of-who-tokenizes", "embeds": "key-of-who-may-embed",
        "spent": "key-of-who-took-it-all"}
LARGEST_BODY = 4096


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Serves the model that its server names. `broken` closes instead of an answer, `silent` waits until it is told to end."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def shake_hands(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True

    def do_GET(self):
        if self.headers.get("Upgrade"):
            return self.shake_hands()
        if self.path == "/v1/models":
            return self.answer(200, {"object": "list", "data": [{"id": self.server.model, "object": "model"}]})
        self.answer(404, {"error": {"message": "no"}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if body == b"{":
            return self.answer(400, {"error": {"message": "not JSON"}})
        if self.server.model == "broken":
            self.close_connection = True
            return
        if self.server.model == "silent":
            self.server.ends.wait(20)
            self.close_connection = True
            return
        self.answer(200, {"id": "what_it_made", "object": "thing"})

    do_DELETE = do_GET


def serve(model):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.daemon_threads = True
    server.block_on_close = False
    server.model = model
    server.ends = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def eventually(truth, seconds=30):
    until = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > until:
            raise AssertionError("waited in vain")
        time.sleep(0.02)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = b"" if response.status == 101 else response.read()

    @property
    def type(self):
        return self.headers.get("content-type", "").split(";")[0]


class Gateway:
    """Runs with the file of these lines, which has everything but the addresses of its listeners."""

    def __init__(self, binary, lines, operations="127.0.0.1"):
        self.directory = tempfile.TemporaryDirectory()
        home = pathlib.Path(self.directory.name)
        self.ports = {"main": free_port(), "operations": free_port()}
        file = home / "pointsman.yaml"
        own = [f"listen: 127.0.0.1:{self.ports['main']}", f"operations: {operations}:{self.ports['operations']}", "workers: 1",
               f"store: {{path: {home}/p.db}}"]
        file.write_text("\n".join([*own, *lines]) + "\n")
        self.log = open(home / "log", "w+")
        self.process = subprocess.Popen([binary, "serve", "--config", str(file)], stdout=self.log, stderr=subprocess.STDOUT)
        eventually(self.answers)

    def answers(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise AssertionError("the gateway has ended: " + self.log.read())
        try:
            return self.ask("operations", "GET", "/healthz").status == 200
        except OSError:
            return False

    def ask(self, listener, method, path, key=None, headers=(), body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[listener], timeout=20)
        try:
            fields = dict(headers)
            if key:
                fields["Authorization"] = "Bearer " + KEYS[key]
            connection.request(method, path, body=body, headers=fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def close(self):
        self.process.terminate()
        self.process.wait(40)
        self.log.close()
        self.directory.cleanup()


def lacks(apis):
    return "{" + ", ".join(f"{name}: false" for name in apis) + "}"


def settings(endpoints, apis):
    """With keys, over endpoints that answer, fail in each way, lack everything, and are not there."""
    offers = "{" + ", ".join(f"{name}: true" for name in apis) + "}"
    yield from [f"limits: {{request_body: {LARGEST_BODY}}}", "routing: {attempts: 1}", "access:", "  keys:",
                f"  - {{name: all, key: {KEYS['all']}, permissions: [admin, metrics]}}",
                f"  - {{name: tokenizes, key: {KEYS['tokenizes']}, apis: [tokenize]}}",
                f"  - {{name: embeds, key: {KEYS['embeds']}, apis: [embeddings]}}",
                f"  - {{name: spent, key: {KEYS['spent']}, limits: {{rpm: 1}}}}", "endpoints:"]
    for server in endpoints:
        yield (f"- {{name: {server.model}, url: 'http://127.0.0.1:{server.server_port}', timeouts: {{first_byte: 200ms}}, "
               f"apis: {lacks(apis) if server.model == 'lacking' else offers}}}")
    yield f"- {{name: gone, url: 'http://127.0.0.1:{free_port()}', models: [gone], apis: {offers}}}"


def form(model):
    boundary = "b0undary"
    text = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n--{boundary}--\r\n" if model else
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--{boundary}--\r\n")
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, text.encode()


def as_json(model):
    return {"Content-Type": "application/json"}, json.dumps({"model": model} if model else {}).encode()


HANDSHAKE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


class OpenApi(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        printed = subprocess.run([cls.binary, "version"], capture_output=True, text=True, check=True).stdout
        cls.version = printed.split()[-1]
        source = json.loads((pathlib.Path(__file__).resolve().parent.parent / "docs/openapi.json").read_text())
        cls.apis = source["components"]["schemas"]["Api"]["enum"]
        cls.endpoints = [serve(model) for model in ("good", "broken", "silent", "lacking")]
        # Others could reach its operations, so that they want a key.
        cls.gateway = Gateway(cls.binary, settings(cls.endpoints, cls.apis), operations="0.0.0.0")
        eventually(cls.knows_the_endpoints)
        source["info"]["version"] = cls.version
        cls.document = source
        cls.provoked = set()

    @classmethod
    def knows_the_endpoints(cls):
        listed = json.loads(cls.gateway.ask("main", "GET", "/v1/models", key="all").body)
        ready = {each["id"] for each in listed["data"] if each["ready"]}
        return ready == {"good", "broken", "silent", "lacking"}

    @classmethod
    def tearDownClass(cls):
        for server in cls.endpoints:
            server.ends.set()
        cls.gateway.close()
        for server in cls.endpoints:
            server.shutdown()
            server.server_close()

    def operations(self):
        for path, item in self.document["paths"].items():
            servers = item.get("servers", self.document["servers"])
            listeners = ["operations" if each["url"].endswith(":8485") else "main" for each in servers]
            for method in METHODS:
                if method in item:
                    yield path, method, item[method], listeners

    def told(self, operation, status):
        """What the document says of that answer."""
        responses = operation["responses"]
        self.assertIn(str(status), responses, operation["operationId"])
        return json_schema.resolve(responses[str(status)], self.document)

    def hold(self, what, operation, status, answer):
        """Holds an answer against what is said of it."""
        with self.subTest(operation=operation["operationId"], status=status, what=what):
            self.assertEqual(answer.status, status, answer.body[:500])
            told = self.told(operation, status)
            for name, header in told.get("headers", {}).items():
                self.assertIn(name.lower(), answer.headers)
                schema = json_schema.resolve(header, self.document)["schema"]
                self.assertEqual(list(json_schema.complaints(answer.headers[name.lower()], schema, self.document, name)), [])
            content = told.get("content", {})
            if content:
                self.assertIn(answer.type, content)
            if answer.type == "application/json":
                schema = content[answer.type]["schema"]
                self.assertEqual(list(json_schema.complaints(json.loads(answer.body), schema, self.document, what)), [])
            self.provoked.add((operation["operationId"], status))

    def test_0_is_what_both_listeners_serve(self):
        own = {"main": "http://127.0.0.1:8484", "operations": "http://127.0.0.1:8485"}
        for listener, address in own.items():
            expected = json.loads(json.dumps(self.document).replace(f'"url": "{address}"', '"url": "/"'))
            served = json.loads(self.gateway.ask(listener, "GET", "/openapi.json").body)
            self.assertEqual(served, expected, listener)
            urls = {each["url"] for item in [served, *served["paths"].values()] for each in item.get("servers", ())}
            self.assertEqual(urls, {"/", *own.values()} - {address})

    def test_1_passes_through(self):
        for path, method, operation, _ in self.operations():
            if operation["tags"] != ["passed through"]:
                continue
            kinds = json_schema.resolve(operation["requestBody"], self.document)["content"]
            write = as_json if "application/json" in kinds else form

            def post(model, key="all", more=()):
                headers, body = write(model)
                return self.gateway.ask("main", method.upper(), path, key, {**headers, **dict(more)}, body)

            passed = post("good")
            with self.subTest(path=path):
                self.assertEqual(passed.status, 200, passed.body)
                self.assertEqual(json.loads(passed.body), {"id": "what_it_made", "object": "thing"})
                self.assertEqual(passed.headers["x-pointsman-endpoint"], "good")
            self.hold("no model", operation, 400, post(None))
            self.hold("no key", operation, 401, post("good", key=None))
            other = "embeds" if path == "/tokenize" else "tokenizes"
            self.hold("another API's key", operation, 403, post("good", key=other))
            self.hold("an unknown model", operation, 404, post("nobody"))
            self.hold("a large body", operation, 413, post("x" * 2 * LARGEST_BODY))
            self.hold("an unknown coding", operation, 415, post("good", more={"Content-Encoding": "wat"}))
            post("good", key="spent")
            self.hold("a spent key", operation, 429, post("good", key="spent"))
            self.hold("an API that is missing", operation, 501, post("lacking"))
            self.hold("an endpoint that closes", operation, 502, post("broken"))
            self.hold("an endpoint that is down", operation, 503, post("gone"))
            self.hold("an endpoint that is silent", operation, 504, post("silent"))

    def test_2_finds_what_is_kept(self):
        for path, method, operation, _ in self.operations():
            if operation["tags"] != ["kept by an endpoint"]:
                continue
            url = path.replace("{id}", "resp_unknown").replace("{item}", "item_unknown")
            headers, body = as_json(None) if "requestBody" in operation else ({}, None)

            def ask(key, text=body):
                return self.gateway.ask("main", method.upper(), url, key, headers, text)

            self.hold("no key", operation, 401, ask(None))
            self.hold("another API's key", operation, 403, ask("tokenizes"))
            ask("spent")
            self.hold("a spent key", operation, 429, ask("spent"))
            if "404" in operation["responses"]:
                self.hold("what nobody keeps", operation, 404, ask("all"))
            else:
                self.assertEqual(ask("all").headers["x-pointsman-endpoint"], "good")
            if "413" in operation["responses"]:
                self.hold("a large body", operation, 413, ask("all", b"x" * 2 * LARGEST_BODY))

    def test_3_speaks_websocket(self):
        for path, method, operation, _ in self.operations():
            if operation["tags"] != ["over WebSocket"]:
                continue
            def ask(key, headers=HANDSHAKE, model="good"):
                return self.gateway.ask("main", method.upper(), f"{path}?model={model}", key, headers)

            self.hold("a handshake", operation, 101, ask("all"))
            self.hold("no key", operation, 401, ask(None))
            self.hold("another API's key", operation, 403, ask("tokenizes"))
            if "429" in operation["responses"]:
                ask("spent")
                self.hold("a spent key", operation, 429, ask("spent"))
            if "404" in operation["responses"]:
                self.hold("an unknown model", operation, 404, ask("all", model="nobody"))
            no_handshake = 405 if "405" in operation["responses"] else 426
            self.hold("no handshake", operation, no_handshake, ask("all", {}))

    def test_4_tells_of_itself(self):
        verbose = {"list_models": "/v1/models?verbose=true", "get_model": "/v1/models/good?verbose=1", "is_ready": "/readyz?verbose"}
        plain = {"get_model": "/v1/models/good", "explain": "/explain?model=good&api=chat_completions"}
        for path, method, operation, listeners in self.operations():
            name = operation["operationId"]
            if operation["tags"] not in (["models"], ["operations"]):
                continue
            for listener in listeners:
                def ask(url, key=None):
                    return self.gateway.ask(listener, method.upper(), url, key)

                url = plain.get(name, path)
                is_for_all = operation.get("security") == []
                self.hold("plainly", operation, 200, ask(url, None if is_for_all or name == "is_ready" else "all"))
                if name in verbose:
                    self.hold("verbosely", operation, 200, ask(verbose[name], "all"))
                if "401" in operation["responses"]:
                    self.hold("no key", operation, 401, ask(verbose.get(name, url)))
                if "403" in operation["responses"]:
                    self.hold("a key without the permission", operation, 403, ask(verbose.get(name, url), "tokenizes"))
                refused = self.gateway.ask(listener, "PATCH", url, "all")
                self.assertEqual((refused.status, refused.headers["allow"]), (405, "GET, HEAD"), url)
                head = self.gateway.ask(listener, "HEAD", url, "all")
                self.assertEqual((head.status, head.body), (200, b""), url)
        by_name = {operation["operationId"]: operation for _, _, operation, _ in self.operations()}
        self.hold("wrongly", by_name["list_models"], 400, self.gateway.ask("main", "GET", "/v1/models?verbose=maybe", "all"))
        self.hold("wrongly", by_name["get_model"], 400, self.gateway.ask("main", "GET", "/v1/models/good?verbose=maybe", "all"))
        self.hold("unknown", by_name["get_model"], 404, self.gateway.ask("main", "GET", "/v1/models/nobody", "all"))
        self.hold("wrongly", by_name["explain"], 400, self.gateway.ask("operations", "GET", "/explain?model=good", "all"))
        for model in ("nobody", "gone", "lacking", "broken"):
            query = urllib.parse.urlencode({"model": model, "api": "embeddings"})
            self.hold(model, by_name["explain"], 200, self.gateway.ask("operations", "GET", "/explain?" + query, "all"))
        openmetrics = self.gateway.ask("operations", "GET", "/metrics", "all", {"Accept": "application/openmetrics-text"})
        self.hold("as OpenMetrics", by_name["metrics"], 200, openmetrics)

    def test_5_has_nobody_who_could(self):
        lacking = self.endpoints[-1]
        gateway = Gateway(self.binary, [f"endpoints: [{{name: lacking, url: 'http://127.0.0.1:{lacking.server_port}', "
                                        f"apis: {lacks(self.apis)}}}]"])
        by_path = {(path, method): operation for path, method, operation, _ in self.operations()}
        try:
            eventually(lambda: gateway.ask("operations", "GET", "/readyz").status == 200)
            made = gateway.ask("main", "POST", "/v1/conversations", body=b"{}")
            self.hold("nobody keeps any", by_path["/v1/conversations", "post"], 501, made)
            for path in ("/v1/responses", "/v1/realtime"):
                answer = gateway.ask("main", "GET", path + "?model=lacking", headers=HANDSHAKE)
                self.hold("nobody has it", by_path[path, "get"], 426, answer)
        finally:
            gateway.close()

    def test_5_is_not_ready_without_an_endpoint(self):
        operation = next(each for _, _, each, _ in self.operations() if each["operationId"] == "is_ready")
        gateway = Gateway(self.binary, [f"endpoints: [{{name: gone, url: 'http://127.0.0.1:{free_port()}'}}]"])
        try:
            self.hold("plainly", operation, 503, gateway.ask("operations", "GET", "/readyz"))
            self.hold("verbosely", operation, 503, gateway.ask("operations", "GET", "/readyz?verbose"))
        finally:
            gateway.close()

    def test_6_everything_else_is_known_not_to_be_provoked(self):
        missing = {(operation["tags"][0], int(status), operation["operationId"])
                   for _, _, operation, _ in self.operations() for status in operation["responses"] if status != "default"
                   if (operation["operationId"], int(status)) not in self.provoked}
        self.assertEqual({each for each in missing if each[:2] not in ELSEWHERE}, set())
        # The list is no longer than it must be.
        self.assertEqual(ELSEWHERE - {each[:2] for each in missing}, set())

    def test_references_lead_somewhere_and_nothing_is_unused(self):
        text = json.dumps(self.document)
        for kind, entries in self.document["components"].items():
            for name in entries if kind != "securitySchemes" else ():
                self.assertIn(f'"#/components/{kind}/{name}"', text)

        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    json_schema.resolve(node, self.document)
                for each in node.values():
                    walk(each)
            elif isinstance(node, list):
                for each in node:
                    walk(each)
        walk(self.document)
        identities = [operation["operationId"] for _, _, operation, _ in self.operations()]
        self.assertEqual(len(identities), len(set(identities)))
        for path, _, operation, _ in self.operations():
            parameters = [json_schema.resolve(each, self.document) for each in operation.get("parameters", [])]
            self.assertEqual({"{" + each["name"] + "}" for each in parameters if each["in"] == "path"},
                             {part for part in path.split("/") if part.startswith("{")}, path)

    @unittest.skipUnless(openapi_spec_validator, "openapi-spec-validator is not installed")
    def test_is_openapi(self):
        openapi_spec_validator.validate(self.document)


class Strictness(unittest.TestCase):
    """The schemas can find fault."""

    def test_finds_each_fault(self):
        schema = {"type": "object", "required": ["a"], "additionalProperties": False,
                  "properties": {"a": {"type": ["integer", "null"]}, "b": {"enum": ["x"]}, "c": {"type": "array", "items": {"const": False}},
                                 "d": {"type": "object", "propertyNames": {"pattern": "^k"}, "additionalProperties": {"type": "string"}}}}
        self.assertEqual(list(json_schema.complaints({"a": 1, "b": "x", "c": [False], "d": {"k": "v"}}, schema, {})), [])
        for wrong in ([], {}, {"a": "1"}, {"a": True}, {"a": 1, "z": 1}, {"a": 1, "b": "y"}, {"a": 1, "c": [0]}, {"a": 1, "d": {"l": "v"}},
                      {"a": 1, "d": {"k": 1}}):
            self.assertNotEqual(list(json_schema.complaints(wrong, schema, {})), [], wrong)
        self.assertNotEqual(list(json_schema.complaints(1, {"not": {}}, {})), [])


if __name__ == "__main__":
    OpenApi.binary = sys.argv.pop(1)
    unittest.main()
