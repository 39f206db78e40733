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
import json
import subprocess
import sys
import threading
import typing
import unittest
import urllib.parse

import json_schema
import markdown
from gateway import PATIENCE, Gateway, Handler, HeldPort, Server

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
MADE = {"id": "what_it_made", "object": "thing"}


class Endpoint(Server):
    """Serves the model of its name. `broken` closes instead of an answer, `silent` waits until it is told to end."""

    def __init__(self, model):
        self.model = model
        self.ends = threading.Event()
        super().__init__(EndpointHandler)

    def close(self):
        self.ends.set()
        super().close()


class EndpointHandler(Handler):
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
            listed = [{"id": self.server.model, "object": "model"}]
            return self.answer(200, json.dumps({"object": "list", "data": listed}))
        self.answer(404, '{"error":{"message":"no"}}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if body == b"{":
            return self.answer(400, '{"error":{"message":"not JSON"}}')
        if self.server.model == "broken":
            self.close_connection = True
            return
        if self.server.model == "silent":
            self.server.ends.wait(PATIENCE)
            self.close_connection = True
            return
        self.answer(200, json.dumps(MADE))

    do_DELETE = do_GET


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = b"" if response.status == 101 else response.read()

    @property
    def type(self):
        return self.headers.get("content-type", "").split(";")[0]


class Asked(Gateway):
    """A gateway that is asked at either listener."""

    def ask(self, listener, method, path, key=None, headers=(), body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[listener], timeout=PATIENCE)
        try:
            fields = dict(headers)
            if key:
                fields["Authorization"] = "Bearer " + KEYS[key]
            connection.request(method, path, body=body, headers=fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()


def lacks(apis):
    return "{" + ", ".join(f"{name}: false" for name in apis) + "}"


def settings(endpoints, gone, apis):
    """With keys, over endpoints that answer, fail in each way, lack everything, and are not there."""
    offers = "{" + ", ".join(f"{name}: true" for name in apis) + "}"
    yield from ["workers: 1", f"limits: {{request_body: {LARGEST_BODY}}}", "routing: {attempts: 1}", "access:", "  keys:",
                f"  - {{name: all, key: {KEYS['all']}, permissions: [admin, metrics]}}",
                f"  - {{name: tokenizes, key: {KEYS['tokenizes']}, apis: [tokenize]}}",
                f"  - {{name: embeds, key: {KEYS['embeds']}, apis: [embeddings]}}",
                f"  - {{name: spent, key: {KEYS['spent']}, limits: {{rpm: 1}}}}", "endpoints:"]
    for server in endpoints:
        yield (f"- {{name: {server.model}, url: '{server.url}', timeouts: {{first_byte: 200ms}}, "
               f"apis: {lacks(apis) if server.model == 'lacking' else offers}}}")
    yield f"- {{name: gone, url: '{gone.url}', models: [gone], apis: {offers}}}"


def form(model):
    boundary = "b0undary"
    text = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n--{boundary}--\r\n" if model else
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--{boundary}--\r\n")
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, text.encode()


def as_json(model):
    return {"Content-Type": "application/json"}, json.dumps({"model": model} if model else {}).encode()


HANDSHAKE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


class Provoked(typing.NamedTuple):
    """An answer that was provoked: by what, of which operation, the status that it should have."""

    what: str
    operation: dict
    status: int
    answer: Answer


class Document:
    """docs/openapi.json, as this program serves it."""

    def __init__(self, binary):
        version = subprocess.run([binary, "version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        self.text = json.loads((markdown.ROOT / "docs/openapi.json").read_text())
        self.text["info"]["version"] = version
        self.apis = self.text["components"]["schemas"]["Api"]["enum"]

    def resolve(self, node):
        return json_schema.resolve(node, self.text)

    def operations(self, tag=None):
        """Its path, its method, what is said of it, and the listeners that have it."""
        for path, item in self.text["paths"].items():
            servers = item.get("servers", self.text["servers"])
            listeners = ["operations" if each["url"].endswith(":8485") else "main" for each in servers]
            for method in METHODS:
                if method in item and tag in (None, *item[method]["tags"]):
                    yield path, method.upper(), item[method], listeners

    def operation(self, name):
        return next(each for _, _, each, _ in self.operations() if each["operationId"] == name)


class Provocation:
    """Everything that this test knows to provoke, each of it once; the answers are what the tests look at."""

    def __init__(self, binary, document):
        self.binary, self.document, self.answers = binary, document, []
        self.endpoints = [Endpoint(model) for model in ("good", "broken", "silent", "lacking")]
        self.gone = HeldPort()
        # Others could reach its operations, so that they want a key.
        self.gateway = Asked(binary, "\n".join(settings(self.endpoints, self.gone, document.apis)), operations="0.0.0.0",
                             endpoints_up=len(self.endpoints))

    def close(self):
        for server in self.endpoints:
            server.close()
        self.gone.close()
        self.gateway.close()

    def everything(self):
        self.what_passes_through()
        self.what_is_kept()
        self.websockets()
        self.what_it_tells_of_itself()
        self.what_nobody_has()
        self.what_is_not_ready()

    def note(self, what, operation, status, answer):
        self.answers.append(Provoked(what, operation, status, answer))

    def body(self, operation):
        kinds = self.document.resolve(operation["requestBody"])["content"]
        return as_json if "application/json" in kinds else form

    def what_passes_through(self):
        for path, method, operation, _ in self.document.operations("passed through"):
            def post(model, key="all", more=(), path=path, method=method, write=self.body(operation)):
                headers, body = write(model)
                return self.gateway.ask("main", method, path, key, {**headers, **dict(more)}, body)

            self.note("no model", operation, 400, post(None))
            self.note("no key", operation, 401, post("good", key=None))
            other = "embeds" if path == "/tokenize" else "tokenizes"
            self.note("another API's key", operation, 403, post("good", key=other))
            self.note("an unknown model", operation, 404, post("nobody"))
            self.note("a large body", operation, 413, post("x" * 2 * LARGEST_BODY))
            self.note("an unknown coding", operation, 415, post("good", more={"Content-Encoding": "wat"}))
            post("good", key="spent")
            self.note("a spent key", operation, 429, post("good", key="spent"))
            self.note("an API that is missing", operation, 501, post("lacking"))
            self.note("an endpoint that closes", operation, 502, post("broken"))
            self.note("an endpoint that is down", operation, 503, post("gone"))
            self.note("an endpoint that is silent", operation, 504, post("silent"))

    def what_is_kept(self):
        for path, method, operation, _ in self.document.operations("kept by an endpoint"):
            headers, body = as_json(None) if "requestBody" in operation else ({}, None)

            def ask(key, text=body, url=kept_url(path), method=method, headers=headers):
                return self.gateway.ask("main", method, url, key, headers, text)

            self.note("no key", operation, 401, ask(None))
            self.note("another API's key", operation, 403, ask("tokenizes"))
            ask("spent")
            self.note("a spent key", operation, 429, ask("spent"))
            if "404" in operation["responses"]:
                self.note("what nobody keeps", operation, 404, ask("all"))
            if "413" in operation["responses"]:
                self.note("a large body", operation, 413, ask("all", b"x" * 2 * LARGEST_BODY))

    def websockets(self):
        for path, method, operation, _ in self.document.operations("over WebSocket"):
            def ask(key, headers=HANDSHAKE, model="good", path=path, method=method):
                return self.gateway.ask("main", method, f"{path}?model={model}", key, headers)

            self.note("a handshake", operation, 101, ask("all"))
            self.note("no key", operation, 401, ask(None))
            self.note("another API's key", operation, 403, ask("tokenizes"))
            if "429" in operation["responses"]:
                ask("spent")
                self.note("a spent key", operation, 429, ask("spent"))
            if "404" in operation["responses"]:
                self.note("an unknown model", operation, 404, ask("all", model="nobody"))
            no_handshake = 405 if "405" in operation["responses"] else 426
            self.note("no handshake", operation, no_handshake, ask("all", {}))

    def own_pages(self):
        """Its method, its URL, what is said of it, the listener."""
        plain = {"get_model": "/v1/models/good", "explain": "/explain?model=good&api=chat_completions"}
        for tag in ("models", "operations"):
            for path, method, operation, listeners in self.document.operations(tag):
                for listener in listeners:
                    yield method, plain.get(operation["operationId"], path), operation, listener

    def what_it_tells_of_itself(self):
        verbose = {"list_models": "/v1/models?verbose=true", "get_model": "/v1/models/good?verbose=1", "is_ready": "/readyz?verbose"}
        for method, url, operation, listener in self.own_pages():
            def ask(url, key=None, method=method, listener=listener):
                return self.gateway.ask(listener, method, url, key)

            name = operation["operationId"]
            is_for_all = operation.get("security") == [] or name == "is_ready"
            self.note("plainly", operation, 200, ask(url, None if is_for_all else "all"))
            if name in verbose:
                self.note("verbosely", operation, 200, ask(verbose[name], "all"))
            if "401" in operation["responses"]:
                self.note("no key", operation, 401, ask(verbose.get(name, url)))
            if "403" in operation["responses"]:
                self.note("a key without the permission", operation, 403, ask(verbose.get(name, url), "tokenizes"))

        def get(name, status, what, url, headers=()):
            listener = "main" if url.startswith("/v1") else "operations"
            self.note(what, self.document.operation(name), status, self.gateway.ask(listener, "GET", url, "all", headers))

        get("list_models", 400, "wrongly", "/v1/models?verbose=maybe")
        get("get_model", 400, "wrongly", "/v1/models/good?verbose=maybe")
        get("get_model", 404, "unknown", "/v1/models/nobody")
        get("explain", 400, "wrongly", "/explain?model=good")
        for model in ("nobody", "gone", "lacking", "broken"):
            get("explain", 200, model, "/explain?" + urllib.parse.urlencode({"model": model, "api": "embeddings"}))
        get("metrics", 200, "as OpenMetrics", "/metrics", {"Accept": "application/openmetrics-text"})

    def what_nobody_has(self):
        lacking = self.endpoints[-1]
        gateway = Asked(self.binary, f"endpoints: [{{name: lacking, url: '{lacking.url}', apis: {lacks(self.document.apis)}}}]")
        try:
            by_path = {(path, method): operation for path, method, operation, _ in self.document.operations()}
            made = gateway.ask("main", "POST", "/v1/conversations", body=b"{}")
            self.note("nobody keeps any", by_path["/v1/conversations", "POST"], 501, made)
            for path in ("/v1/responses", "/v1/realtime"):
                answer = gateway.ask("main", "GET", path + "?model=lacking", headers=HANDSHAKE)
                self.note("nobody has it", by_path[path, "GET"], 426, answer)
        finally:
            gateway.close()

    def what_is_not_ready(self):
        gateway = Asked(self.binary, f"endpoints: [{{name: gone, url: '{self.gone.url}'}}]", endpoints_up=0)
        try:
            for what, url in (("plainly", "/readyz"), ("verbosely", "/readyz?verbose")):
                self.note(what, self.document.operation("is_ready"), 503, gateway.ask("operations", "GET", url))
        finally:
            gateway.close()


def kept_url(path):
    return path.replace("{id}", "resp_unknown").replace("{item}", "item_unknown")


class OpenApi(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.document = Document(cls.binary)
        cls.provocation = Provocation(cls.binary, cls.document)
        cls.addClassCleanup(cls.provocation.close)
        cls.gateway = cls.provocation.gateway
        cls.provocation.everything()

    def complaints(self, value, schema, where):
        return list(json_schema.complaints(value, schema, self.document.text, where))

    def test_each_answer_is_what_is_said_of_it(self):
        for what, operation, status, answer in self.provocation.answers:
            with self.subTest(operation=operation["operationId"], status=status, what=what):
                self.assertEqual(answer.status, status, answer.body[:500])
                self.assertIn(str(status), operation["responses"])
                told = self.document.resolve(operation["responses"][str(status)])
                for name, header in told.get("headers", {}).items():
                    self.assertIn(name.lower(), answer.headers)
                    schema = self.document.resolve(header)["schema"]
                    self.assertEqual(self.complaints(answer.headers[name.lower()], schema, name), [])
                content = told.get("content", {})
                if content:
                    self.assertIn(answer.type, content)
                if answer.type == "application/json":
                    schema = content[answer.type]["schema"]
                    self.assertEqual(self.complaints(json.loads(answer.body), schema, what), [])

    def test_everything_else_is_known_not_to_be_provoked(self):
        provoked = {(each.operation["operationId"], each.status) for each in self.provocation.answers}
        missing = {(operation["tags"][0], int(status), operation["operationId"])
                   for _, _, operation, _ in self.document.operations() for status in operation["responses"] if status != "default"
                   if (operation["operationId"], int(status)) not in provoked}
        self.assertEqual({each for each in missing if each[:2] not in ELSEWHERE}, set())
        # The list is no longer than it must be.
        self.assertEqual(ELSEWHERE - {each[:2] for each in missing}, set())

    def test_is_what_both_listeners_serve(self):
        own = {"main": "http://127.0.0.1:8484", "operations": "http://127.0.0.1:8485"}
        for listener, address in own.items():
            expected = json.loads(json.dumps(self.document.text).replace(f'"url": "{address}"', '"url": "/"'))
            served = json.loads(self.gateway.ask(listener, "GET", "/openapi.json").body)
            self.assertEqual(served, expected, listener)
            urls = {each["url"] for item in [served, *served["paths"].values()] for each in item.get("servers", ())}
            self.assertEqual(urls, {"/", *own.values()} - {address})

    def test_what_passes_through_is_the_endpoints_own(self):
        for path, method, operation, _ in self.document.operations("passed through"):
            headers, body = self.provocation.body(operation)("good")
            passed = self.gateway.ask("main", method, path, "all", headers, body)
            with self.subTest(path=path):
                self.assertEqual(passed.status, 200, passed.body)
                self.assertEqual(json.loads(passed.body), MADE)
                self.assertEqual(passed.headers["x-pointsman-endpoint"], "good")

    def test_who_can_keep_a_conversation_makes_it(self):
        good, lacking = (next(each for each in self.provocation.endpoints if each.model == model) for model in ("good", "lacking"))
        gateway = Asked(self.binary, f"endpoints:\n- {{name: lacking, url: '{lacking.url}', apis: {lacks(self.document.apis)}}}\n"
                                     f"- {{name: good, url: '{good.url}', apis: {{conversations: true}}}}", endpoints_up=2)
        self.addCleanup(gateway.close)
        headers, body = as_json(None)
        made = gateway.ask("main", "POST", "/v1/conversations", None, headers, body)
        self.assertEqual((made.status, made.headers["x-pointsman-endpoint"]), (200, "good"))

    def test_own_pages_are_only_read(self):
        for _, url, _, listener in self.provocation.own_pages():
            refused = self.gateway.ask(listener, "PATCH", url, "all")
            self.assertEqual((refused.status, refused.headers["allow"]), (405, "GET, HEAD"), url)
            head = self.gateway.ask(listener, "HEAD", url, "all")
            self.assertEqual((head.status, head.body), (200, b""), url)

    def test_references_lead_somewhere_and_nothing_is_unused(self):
        text = json.dumps(self.document.text)
        for kind, entries in self.document.text["components"].items():
            for name in entries if kind != "securitySchemes" else ():
                self.assertIn(f'"#/components/{kind}/{name}"', text)

        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    self.document.resolve(node)
                for each in node.values():
                    walk(each)
            elif isinstance(node, list):
                for each in node:
                    walk(each)
        walk(self.document.text)
        identities = [operation["operationId"] for _, _, operation, _ in self.document.operations()]
        self.assertEqual(len(identities), len(set(identities)))
        for path, _, operation, _ in self.document.operations():
            parameters = [self.document.resolve(each) for each in operation.get("parameters", [])]
            self.assertEqual({"{" + each["name"] + "}" for each in parameters if each["in"] == "path"},
                             {part for part in path.split("/") if part.startswith("{")}, path)

    @unittest.skipUnless(openapi_spec_validator, "openapi-spec-validator is not installed")
    def test_is_openapi(self):
        openapi_spec_validator.validate(self.document.text)


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
