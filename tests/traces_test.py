#!/usr/bin/env python3
"""Holds what a gateway tells a collector of traces against the format, and against what endpoints were told; and sees to
it that serving does not mind what the collector does.

Usage: traces_test.py GATEWAY [-v] (the binary)
"""

import base64
import hashlib
import json
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import otlp
from gateway import PATIENCE, Gateway, Handler, HeldPort, Server, eventually, make_certificate

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
SECRET = "s3cret-token"
WORDS = "words-of-a-client"  # must not be told to anybody but the endpoint


class Endpoint(Server):
    """Serves the model `m`, and does what the request's member named like itself says."""

    def __init__(self, name):
        self.name = name
        self.seen = []  # the headers of real requests
        self.lock = threading.Lock()
        self.agrees = True  # to WebSocket
        super().__init__(EndpointHandler)


class EndpointHandler(Handler):
    def do_GET(self):
        if self.headers.get("Upgrade") == "websocket":
            return self.talk()
        if self.path != "/v1/models":
            return self.answer(404, '{"error":{"message":"no"}}')
        self.answer(200, json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            request = json.loads(body)
        except ValueError:
            return self.answer(400, '{"error":{"message":"not JSON"}}')
        if self.path.partition("?")[0] != "/v1/chat/completions":
            return self.answer(404, '{"error":{"message":"no"}}')
        if not isinstance(request, dict) or "model" not in request:
            return self.answer(400, '{"error":{"message":"model is missing"}}')
        with self.server.lock:
            self.server.seen.append(self.headers)
        shall = request.get(self.server.name, "serve")
        if isinstance(shall, int):
            return self.answer(shall, json.dumps({"error": {"message": WORDS}}))
        if shall == "leave":
            self.close_connection = True
            return None
        usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        if not request.get("stream"):
            return self.answer(200, json.dumps({"object": "chat.completion", "choices": [WORDS], "usage": usage}))
        self.begin_stream()
        self.event(json.dumps({"choices": [{"delta": {"content": WORDS}}]}))
        if shall == "die":
            self.close_connection = True
            return None
        if shall == "stall":
            self.connection.recv(1)  # until the gateway leaves
            self.close_connection = True
            return None
        self.event(json.dumps({"choices": [], "usage": usage}))
        self.event("[DONE]")
        self.end_stream()
        return None

    def talk(self):
        """Agrees to WebSocket, and ends when the other side does."""
        if not self.headers.get("User-Agent", "").startswith("pointsman/"):  # the prober's
            with self.server.lock:
                self.server.seen.append(self.headers)
            if not self.server.agrees:
                return self.answer(403, '{"error":{"message":"no"}}')
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.connection.recv(1 << 16)
        self.wfile.write(b"\x88\x00")
        self.close_connection = True
        return None


class Collector(Server):
    """Takes what it is sent and holds it against the format, or does as it is told."""

    def __init__(self):
        self.spans = []
        self.resources = []
        self.headers = []
        self.wrong = []
        self.asked = 0
        self.mood = None  # what it does in place of taking: see CollectorHandler
        self.slowness = 0  # seconds from what it takes to its answer
        self.lock = threading.Lock()
        super().__init__(CollectorHandler)

    def trace(self, trace, size):
        """The request and the attempts of a trace, when so many spans of it are there."""
        eventually(lambda: self.wrong or len(self.of(trace)) >= size, f"{size} spans of {trace}")
        assert not self.wrong, self.wrong
        spans = self.of(trace)
        assert len(spans) == size, [each.name for each in spans]
        return otlp.family(spans)

    def of(self, trace):
        with self.lock:
            return [each for each in self.spans if each.trace == trace]


class CollectorHandler(Handler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        with server.lock:
            server.asked += 1
            mood = server.mood
            server.headers.append(self.headers)
        if callable(mood):
            return mood(self)
        try:
            otlp.demand(self.path == "/v1/traces", f"the path {self.path}")
            otlp.demand(self.headers["Content-Type"] == "application/json", "the media type")
            otlp.demand(WORDS.encode() not in body, "it tells what was said")
            otlp.demand(SECRET.encode() not in body, "it tells a secret")
            spans, resource = otlp.read(json.loads(body))
        except (otlp.Wrong, ValueError, KeyError) as error:
            with server.lock:
                server.wrong.append(str(error))
            return self.answer(400, "{}")
        with server.lock:
            server.spans += spans
            server.resources.append(resource)
        time.sleep(server.slowness)
        return self.answer(200, json.dumps({"partialSuccess": {}}))


class TracedGateway(Gateway):
    """A gateway over these endpoints, in this order, with this section of traces."""

    def __init__(self, binary, endpoints, traces, environment=None, more=""):
        listed = "".join(f"- {{name: {each.name}, url: '{each.url}', priority: {number}, "
                         f"apis: {{realtime: true, responses_websocket: true}}{more}}}\n" for number, each in enumerate(endpoints))
        super().__init__(binary, f"workers: 2\nprobe: {{interval: 1h}}\n{traces}\nendpoints:\n{listed}", environment=environment,
                         endpoints_up=len(endpoints))

    def ask(self, body, headers=None, path="/v1/chat/completions"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}{path}", data=data)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def raw(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

def chat(**more):
    return {"model": "m", "messages": [{"role": "user", "content": WORDS}], **more}


def trace_of(number):
    return f"{number:032x}"


def continued(number, flags="01"):
    return {"traceparent": f"00-{trace_of(number)}-{SPAN}-{flags}"}


class Spans(unittest.TestCase):
    """What is told of requests."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()
        cls.endpoints = [Endpoint("a"), Endpoint("b")]
        cls.gateway = TracedGateway(
            cls.binary, cls.endpoints,
            f"traces: {{collector: '{cls.collector.url}', service_name: edge, "
            "headers: {authorization: 'Bearer ${TOKEN}'}}\n"
            "routing: {failover_after: off}\n"
            "access: {keys: [{name: team-a, key: client-key-of-team-a-1234567890}]}", {"TOKEN": SECRET})

    @classmethod
    def tearDownClass(cls):
        cls.gateway.close()
        for server in (cls.collector, *cls.endpoints):
            server.close()
        assert not cls.collector.wrong, cls.collector.wrong

    def setUp(self):
        # Whatever a test before this one had the endpoint do: its faults in a row are forgotten.
        self.assertEqual(self.ask(chat())[0], 200)

    def ask(self, body, headers=None, path="/v1/chat/completions"):
        return self.gateway.ask(body, {"Authorization": "Bearer client-key-of-team-a-1234567890", **(headers or {})}, path)

    def access_lines(self, trace):
        return eventually(lambda: self.gateway.lines(event="access", trace_id=trace), "that the request is logged")

    def told(self, endpoint, trace):
        """The traceparents of this trace that reached an endpoint."""
        with endpoint.lock:
            return [each["traceparent"] for each in endpoint.seen if trace in (each["traceparent"] or "")]

    def test_a_request_that_is_answered_whole(self):
        status, _ = self.ask(chat(), {"traceparent": PARENT, "tracestate": "a=b,c=d"}, "/v1/chat/completions?x=" + WORDS)
        self.assertEqual(status, 200)
        request, attempts = self.collector.trace(TRACE, 2)
        self.assertEqual((request.parent, request.name, request.is_error), (SPAN, "POST /v1/chat/completions", False))
        expected = {"http.request.method": "POST", "url.scheme": "http", "http.route": "/v1/chat/completions",
                    "url.path": "/v1/chat/completions", "http.response.status_code": 200, "gen_ai.operation.name": "chat",
                    "gen_ai.request.model": "m", "gen_ai.response.model": "m", "gen_ai.usage.input_tokens": 3,
                    "gen_ai.usage.output_tokens": 4, "pointsman.key": "team-a", "pointsman.endpoint": "a",
                    "pointsman.api": "chat_completions", "pointsman.ended": "complete", "pointsman.attempts": 1,
                    "pointsman.stream": False}
        self.assertEqual({key: request.attributes.get(key) for key in expected}, expected)
        self.assertIn("first_byte", request.events)
        self.assertIn("head_came", attempts[0].events)
        self.assertEqual(attempts[0].attributes["server.port"], self.endpoints[0].server_port)
        self.assertEqual(attempts[0].attributes["url.full"], self.endpoints[0].url + "/v1/chat/completions")
        self.assertEqual(self.told(self.endpoints[0], TRACE), [f"00-{TRACE}-{attempts[0].id}-01"])
        with self.endpoints[0].lock:
            states = [each["tracestate"] for each in self.endpoints[0].seen if TRACE in (each["traceparent"] or "")]
        self.assertEqual(states, ["a=b,c=d"])
        line, = self.access_lines(TRACE)
        self.assertEqual(line["request_id"], request.attributes["pointsman.request_id"])
        self.assertEqual(self.collector.resources[0]["service.name"], "edge")
        self.assertEqual(self.collector.headers[0]["authorization"], "Bearer " + SECRET)
        self.assertNotIn(SECRET, self.gateway.text())

    def test_a_trace_begins_where_the_client_has_none(self):
        for fields in ({}, {"traceparent": PARENT[:-1], "tracestate": "x=" + WORDS}):
            with self.endpoints[0].lock:
                before = len(self.endpoints[0].seen)
            self.assertEqual(self.ask(chat(), fields)[0], 200)
            with self.endpoints[0].lock:
                seen = self.endpoints[0].seen[before]
            version, trace, parent, flags = seen["traceparent"].split("-")
            self.assertEqual((version, flags, seen["tracestate"]), ("00", "01", None))
            self.assertNotEqual(trace, TRACE)
            request, attempts = self.collector.trace(trace, 2)
            self.assertIsNone(request.parent)
            self.assertEqual(attempts[0].id, parent)

    def test_two_parents_are_none(self):
        with self.gateway.raw() as client:
            body = json.dumps(chat())
            client.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\ntraceparent: 00-{trace_of(90)}-{SPAN}-01\r\n"
                           f"TraceParent: 00-{trace_of(91)}-{SPAN}-01\r\nConnection: close\r\n"
                           "Authorization: Bearer client-key-of-team-a-1234567890\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
            self.assertIn(b" 200 ", client.recv(100))
        for number in (90, 91):
            self.assertEqual(self.told(self.endpoints[0], trace_of(number)), [])

    def test_a_stream(self):
        self.assertEqual(self.ask(chat(stream=True), continued(1))[0], 200)
        request, attempts = self.collector.trace(trace_of(1), 2)
        self.assertTrue(request.attributes["pointsman.stream"])
        self.assertEqual(request.attributes["gen_ai.usage.output_tokens"], 4)
        self.assertLessEqual(attempts[0].events["head_came"], request.events["first_byte"])

    def test_an_error_of_the_client(self):
        self.assertEqual(self.ask(chat(a=422), continued(2))[0], 422)
        request, attempts = self.collector.trace(trace_of(2), 2)
        self.assertEqual((request.is_error, attempts[0].is_error), (False, True))
        self.assertEqual(attempts[0].attributes["error.type"], "422")

    def test_an_attempt_that_is_moved(self):
        for number, fault, error in ((3, 500, "500"), (4, "leave", "connection_lost")):
            self.assertEqual(self.ask(chat(a=fault), continued(number))[0], 200)
            request, attempts = self.collector.trace(trace_of(number), 3)
            self.assertEqual([each.attributes["pointsman.endpoint"] for each in attempts], ["a", "b"])
            self.assertEqual([each.is_error for each in attempts], [True, False])
            self.assertEqual(attempts[0].attributes["error.type"], error)
            self.assertEqual((request.attributes["pointsman.attempts"], request.is_error), (2, False))
            self.assertNotIn("gen_ai.usage.output_tokens", attempts[0].attributes)
            for endpoint, attempt in zip(self.endpoints, attempts):
                # On a connection that was kept for it, it is sent once more.
                self.assertEqual(set(self.told(endpoint, trace_of(number))), {f"00-{trace_of(number)}-{attempt.id}-01"})

    def test_what_all_endpoints_fail(self):
        self.assertEqual(self.ask(chat(a=500, b=502), continued(5))[0], 502)
        request, attempts = self.collector.trace(trace_of(5), 3)
        self.assertEqual((request.is_error, request.attributes["error.type"]), (True, "502"))
        self.assertEqual([each.attributes["error.type"] for each in attempts], ["500", "502"])

    def test_a_stream_that_breaks_off(self):
        self.ask(chat(stream=True, a="die"), continued(6))
        request, attempts = self.collector.trace(trace_of(6), 2)
        for span in (request, attempts[0]):
            self.assertEqual((span.attributes["error.type"], span.attributes["http.response.status_code"]),
                             ("upstream_died", 200))

    def test_a_client_that_leaves(self):
        with self.gateway.raw() as client:
            body = json.dumps(chat(stream=True, a="stall"))
            client.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\ntraceparent: 00-{trace_of(7)}-{SPAN}-01\r\n"
                           "Authorization: Bearer client-key-of-team-a-1234567890\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
            self.assertIn(b" 200 ", client.recv(100))
        request, attempts = self.collector.trace(trace_of(7), 2)
        self.assertEqual(request.attributes["pointsman.ended"], "client_left")
        self.assertEqual(attempts[0].attributes["pointsman.cause"], "client_left")
        self.assertEqual((request.is_error, attempts[0].is_error), (False, False))

    def test_what_is_refused_has_no_attempt(self):
        cases = ((8, "/v1/chat/completions", {"model": "nobody-has-it", "messages": []}, 404, "POST /v1/chat/completions"),
                 (9, "/nowhere/" + WORDS, None, 404, "GET"), (10, "/v1/models", None, 200, "GET /v1/models"))
        for number, path, body, status, name in cases:
            self.assertEqual(self.ask(body, continued(number), path)[0], status)
            request, attempts = self.collector.trace(trace_of(number), 1)
            self.assertEqual((request.name, request.is_error, attempts), (name, False, []))
            self.assertEqual(request.attributes["http.response.status_code"], status)
        self.assertEqual(self.ask(chat(), {**continued(11), "Authorization": "Bearer no"})[0], 401)
        request, _ = self.collector.trace(trace_of(11), 1)
        self.assertNotIn("pointsman.key", request.attributes)

    def test_a_head_that_is_refused(self):
        with self.gateway.raw() as client:
            client.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\ntraceparent: 00-{trace_of(17)}-{SPAN}-01\r\n\r\n".encode())
            self.assertIn(b" 400 ", client.recv(100))

        def found():
            with self.collector.lock:
                return [each for each in self.collector.spans if each.attributes.get("pointsman.cause") == "refused_head"]
        eventually(found, "that it is told of")
        span, = found()
        self.assertEqual((span.name, span.parent, span.attributes["http.request.method"]), ("HTTP", None, "_OTHER"))

    def test_what_is_kept_is_named_by_its_template(self):
        self.assertEqual(self.ask(None, continued(18), "/v1/responses/resp_" + WORDS)[0], 404)
        request, attempts = self.collector.trace(trace_of(18), 3)
        self.assertEqual(request.name, "GET /v1/responses/{id}")
        self.assertNotIn("url.path", request.attributes)
        self.assertEqual(request.attributes["pointsman.attempts"], 2)
        self.assertEqual([(each.name, "url.full" in each.attributes) for each in attempts], [("GET", False)] * 2)

    def test_a_websocket(self):
        with self.gateway.raw() as client:
            client.sendall("GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           "Authorization: Bearer client-key-of-team-a-1234567890\r\n"
                           f"traceparent: 00-{trace_of(12)}-{SPAN}-01\r\ntracestate: a=b\r\n\r\n".encode())
            self.assertIn(b" 101 ", client.recv(1000))
            client.sendall(b"\x88\x80" + struct.pack("!I", 0x01020304))
            while client.recv(1000):
                pass
        request, attempts = self.collector.trace(trace_of(12), 2)
        self.assertEqual((request.name, request.attributes["http.response.status_code"]), ("GET /v1/realtime", 101))
        self.assertEqual((request.is_error, attempts[0].is_error), (False, False))
        self.assertEqual(self.told(self.endpoints[0], trace_of(12)), [f"00-{trace_of(12)}-{attempts[0].id}-01"])

    def test_what_is_not_sampled_is_passed_on_and_not_told(self):
        self.assertEqual(self.ask(chat(), continued(13, "00"))[0], 200)
        self.assertEqual(self.ask(chat(), continued(14))[0], 200)
        self.collector.trace(trace_of(14), 2)
        self.assertEqual(self.collector.of(trace_of(13)), [])
        parent, = self.told(self.endpoints[0], trace_of(13))
        self.assertRegex(parent, f"^00-{trace_of(13)}-(?!{SPAN})[0-9a-f]{{16}}-00$")
        self.assertEqual(len(self.access_lines(trace_of(13))), 1)

    def test_who_asks_whether_we_live_is_not_told_of(self):
        self.assertEqual(self.ask(None, continued(15), "/healthz")[0], 200)
        self.assertEqual(self.ask(None, continued(16), "/v1/models")[0], 200)
        self.collector.trace(trace_of(16), 1)
        self.assertEqual(self.collector.of(trace_of(15)), [])


class Switches(unittest.TestCase):
    """What the section says."""

    def setUp(self):
        self.endpoint = Endpoint("a")
        self.addCleanup(self.endpoint.close)

    def start(self, traces, more=""):
        gateway = TracedGateway(self.binary, [self.endpoint], traces, more=more)
        self.addCleanup(gateway.close)
        return gateway

    def test_without_a_section_all_passes_as_it_came(self):
        gateway = self.start("")
        fields = {"traceparent": "00-nonsense", "tracestate": "a=b"}
        self.assertEqual(gateway.ask(chat(), fields)[0], 200)
        self.assertEqual(gateway.ask(chat())[0], 200)
        self.assertEqual([(each["traceparent"], each["tracestate"]) for each in self.endpoint.seen],
                         [("00-nonsense", "a=b"), (None, None)])
        eventually(lambda: len(gateway.lines(event="access")) == 2, "that both are logged")
        self.assertEqual([line for line in gateway.lines(event="access") if "trace_id" in line], [])

    def test_without_a_collector_traces_are_passed_on(self):
        gateway = self.start("traces: {}")
        self.assertEqual(gateway.ask(chat())[0], 200)
        self.assertEqual(gateway.ask(chat(), continued(1))[0], 200)
        self.assertRegex(self.endpoint.seen[0]["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")
        self.assertRegex(self.endpoint.seen[1]["traceparent"], f"^00-{trace_of(1)}-(?!{SPAN})[0-9a-f]{{16}}-01$")
        self.assertEqual(gateway.metric("pointsman_spans_exported_total"), 0)

    def test_a_share_of_none_tells_what_clients_sample_only(self):
        collector = Collector()
        self.addCleanup(collector.close)
        gateway = self.start(f"traces: {{collector: '{collector.url}', sample: 0}}")
        self.assertEqual(gateway.ask(chat())[0], 200)
        self.assertEqual(gateway.ask(chat(), continued(1))[0], 200)
        collector.trace(trace_of(1), 2)
        self.assertRegex(self.endpoint.seen[0]["traceparent"], "-00$")
        self.assertEqual(len(collector.spans), 2)

    def test_a_websocket_that_the_endpoint_refuses(self):
        collector = Collector()
        self.addCleanup(collector.close)
        self.endpoint.agrees = False
        gateway = self.start(f"traces: {{collector: '{collector.url}'}}")
        with gateway.raw() as client:
            client.sendall("GET /v1/responses HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           f"traceparent: 00-{trace_of(19)}-{SPAN}-01\r\n\r\n".encode())
            self.assertIn(b" 101 ", client.recv(1000))
            message = json.dumps({"type": "response.create", "model": "m", "input": WORDS}).encode()
            self.assertLess(len(message), 126)
            client.sendall(bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message)
            while client.recv(1000):
                pass
        request, attempts = collector.trace(trace_of(19), 2)
        self.assertEqual(request.attributes["http.response.status_code"], 101)
        self.assertEqual((attempts[0].attributes["http.response.status_code"], attempts[0].is_error), (403, True))

    def test_an_attempt_names_the_model_that_its_endpoint_was_asked_for(self):
        collector = Collector()
        self.addCleanup(collector.close)
        gateway = self.start(f"traces: {{collector: '{collector.url}'}}", ", models: [{id: m, aliases: [small]}]")
        self.assertEqual(gateway.ask({**chat(), "model": "small"}, continued(1))[0], 200)
        request, attempts = collector.trace(trace_of(1), 2)
        self.assertEqual(request.attributes["gen_ai.request.model"], "small")
        self.assertEqual(attempts[0].attributes["gen_ai.request.model"], "m")

    def test_whom_nobody_knows_fills_no_traces(self):
        collector = Collector()
        self.addCleanup(collector.close)
        gateway = self.start(f"traces: {{collector: '{collector.url}', sample: 0}}\n"
                             "access: {keys: [{name: team-a, key: client-key-of-team-a-1234567890}]}")
        known = {"Authorization": "Bearer client-key-of-team-a-1234567890"}
        wrong = {"Authorization": "Bearer wrong"}
        for number, path, key in ((1, "/v1/models", {}), (2, "/v1/chat/completions", wrong), (3, "/nowhere", wrong)):
            self.assertEqual(gateway.ask(chat(), {**continued(number), **key}, path)[0], 401)
        with gateway.raw() as client:
            client.sendall(f"GET / HTTP/1.1\r\ntraceparent: 00-{trace_of(4)}-{SPAN}-01\r\nHost: x\r\nHost: y\r\n\r\n".encode())
            self.assertIn(b" 400 ", client.recv(100))
        self.assertEqual(gateway.ask(chat(), {**continued(5), **known})[0], 200)
        collector.trace(trace_of(5), 2)
        gateway.stop()
        self.assertEqual({each.trace for each in collector.spans}, {trace_of(5)})


class Collectors(unittest.TestCase):
    """Whatever the collector does: serving goes on, nothing grows, and the numbers say what was lost."""

    CAPACITY = 4096

    def setUp(self):
        self.endpoint = Endpoint("a")
        self.addCleanup(self.endpoint.close)
        self.collector = Collector()
        self.addCleanup(self.collector.close)

    def start(self, url=None):
        self.gateway = TracedGateway(self.binary, [self.endpoint], f"traces: {{collector: '{url or self.collector.url}'}}")
        self.addCleanup(self.gateway.close)

    def serve(self, number=1):
        self.assertEqual(self.gateway.ask(chat(), continued(number))[0], 200)

    def exported(self):
        return self.gateway.metric("pointsman_spans_exported_total")

    def dropped(self):
        return self.gateway.metric("pointsman_spans_dropped_total")

    def failures(self):
        return self.gateway.metric("pointsman_trace_export_failures_total")

    def failing_lines(self):
        return [line for what in ("it is tried again", "what was refused is lost", "some are lost")
                for line in self.gateway.lines(message=f"traces cannot be exported; serving goes on, and {what}")]

    def recovered_lines(self):
        return self.gateway.lines(message="traces are exported again")

    def list_models(self, count):
        """So many requests with one span each."""
        with self.gateway.raw() as client:
            one = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
            reader = client.makefile("rb")
            for _ in range(count):
                client.sendall(one)
                length = 0
                while (line := reader.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                reader.read(length)

    def start_without_collector(self):
        gone = HeldPort()
        self.addCleanup(gone.close)
        self.start(gone.url)

    def test_it_is_away(self):
        self.start_without_collector()
        self.serve()
        eventually(lambda: self.failures() >= 2, "a second failure")
        self.serve(2)
        self.assertEqual((self.exported(), self.dropped()), (0, 0))
        eventually(self.failing_lines, "that the log says so")
        self.assertEqual(len(self.failing_lines()), 1)
        self.assertLess(self.gateway.stop(), 5)
        self.assertEqual([each["spans_lost"] for each in self.gateway.lines(message="the last spans were not exported")], [4])

    def test_it_is_away_for_long(self):
        self.start_without_collector()
        more = 200
        self.list_models(self.CAPACITY + more)
        eventually(lambda: self.dropped() == more, "that what is beyond the capacity is dropped")
        self.serve()

    def test_it_never_answers(self):
        release = threading.Event()
        self.addCleanup(release.set)
        self.collector.mood = lambda handler: release.wait(30) and None
        self.start()
        self.serve()
        eventually(lambda: self.collector.asked, "that it is asked")
        self.serve(2)
        self.assertLess(self.gateway.stop(), 6)

    def test_it_refuses(self):
        self.collector.mood = lambda handler: handler.answer(400, '{"message":"what is this?"}')
        self.start()
        self.serve()
        eventually(lambda: self.dropped() == 2, "that they are dropped")
        self.assertEqual((self.exported(), self.failures(), self.collector.asked), (0, 1, 1))
        line = eventually(self.failing_lines, "that the log says so")[0]
        self.assertIn("what is this?", line["cause"])
        self.assertIn("what was refused is lost", line["message"])
        self.collector.mood = None
        self.serve(2)
        self.collector.trace(trace_of(2), 2)
        eventually(lambda: self.exported() == 2, "that they are counted")
        self.assertEqual(self.collector.of(trace_of(1)), [])
        line, = eventually(self.recovered_lines, "that the log says so")
        self.assertEqual((line["failures"], line["spans_lost"]), (1, 2))

    def test_it_asks_to_come_again(self):
        self.collector.mood = lambda handler: handler.answer(503, "", fields=[("Retry-After", "3")])
        self.start()
        self.serve()
        eventually(lambda: self.failures() == 1, "that it is asked")
        asked = time.monotonic()
        self.collector.mood = None
        self.collector.trace(trace_of(1), 2)
        self.assertGreater(time.monotonic() - asked, 2)
        eventually(lambda: self.exported() == 2, "that they are counted")
        self.assertEqual((self.dropped(), self.collector.asked), (0, 2))
        eventually(lambda: len(self.recovered_lines()) == 1, "that the log says so")
        self.assertEqual(len(self.failing_lines()), 1)

    def test_it_talks_nonsense(self):
        def nonsense(handler):
            handler.wfile.write(b"\x00\x01nonsense" * 100)
            handler.close_connection = True
        self.collector.mood = nonsense
        self.start()
        self.serve()
        eventually(lambda: self.failures() == 1, "that it is asked")
        self.collector.mood = None
        self.collector.trace(trace_of(1), 2)

    def test_it_takes_some(self):
        self.collector.mood = lambda handler: handler.answer(200, '{"partialSuccess":{"rejectedSpans":"1"}}')
        self.start()
        self.serve()
        eventually(lambda: self.exported() == 1, "that one is counted")
        self.assertEqual((self.dropped(), self.failures()), (1, 1))

    def test_what_is_left_at_the_end_is_told(self):
        self.start()
        self.serve()
        self.assertLess(self.gateway.stop(), 5)
        self.collector.trace(trace_of(1), 2)

    def test_what_is_on_its_way_at_the_end_is_told_once(self):
        self.collector.slowness = 0.5
        self.start()
        self.serve()
        self.collector.trace(trace_of(1), 2)
        self.assertLess(self.gateway.stop(), 5)
        self.assertEqual((len(self.collector.of(trace_of(1))), self.collector.asked), (2, 1))

    def test_it_speaks_tls(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        certificate, key = make_certificate(home.name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.collector.socket = context.wrap_socket(self.collector.socket, server_side=True)
        url = self.collector.url.replace("http:", "https:")
        for believes in (False, True):
            self.start(url + (f"', ca_file: '{certificate}" if believes else ""))
            self.serve(1 + believes)
            if believes:
                self.collector.trace(trace_of(2), 2)
            else:
                eventually(lambda: self.failures() == 1, "that it is not believed")
                self.assertIn("traces.ca_file", eventually(self.failing_lines, "that the log says so")[0]["cause"])
                self.gateway.stop()
        self.assertEqual(self.collector.of(trace_of(1)), [])

    def test_many_are_told_in_several_requests(self):
        self.start()
        self.list_models(1500)
        eventually(lambda: len(self.collector.spans) == 1500, "all spans")
        self.assertEqual(self.collector.wrong, [])
        self.assertGreaterEqual(self.collector.asked, 3)
        self.assertEqual(len({each.id for each in self.collector.spans}), 1500)


class Strictness(unittest.TestCase):
    """The reader can find fault."""

    SPAN = {"traceId": TRACE, "spanId": SPAN, "flags": 257, "name": "GET", "kind": 2,
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000000000001", "status": {},
            "attributes": [{"key": key, "value": {"stringValue": "x"}} for key in otlp.OF_SERVERS]}

    def test_takes_what_is_right(self):
        self.assertEqual(otlp.Span(self.SPAN).kind, "server")

    def test_refuses_what_is_wrong(self):
        listed = self.SPAN["attributes"]
        for wrong in ({"traceId": TRACE.upper()}, {"traceId": TRACE[1:]}, {"traceId": "0" * 32}, {"spanId": TRACE},
                      {"parentSpanId": ""}, {"kind": "SPAN_KIND_SERVER"}, {"kind": 1}, {"kind": True},
                      {"startTimeUnixNano": 1700000000000000000}, {"startTimeUnixNano": "1700000000000000002"},
                      {"startTimeUnixNano": "1700000000000"}, {"status": {"code": 2}}, {"status": {"code": "ERROR"}},
                      {"attributes": listed[1:]}, {"attributes": listed + listed[:1]}, {"colour": "red"}, {"name": ""},
                      {"attributes": listed + [{"key": "a.b", "value": {"intValue": 1}}]},
                      {"attributes": listed + [{"key": "a.b", "value": "c"}]},
                      {"attributes": listed + [{"key": "a.b", "value": {"stringValue": "x" * 257}}]},
                      {"events": [{"name": "e", "timeUnixNano": "1700000000000000002"}]}):
            with self.assertRaises(otlp.Wrong, msg=wrong):
                otlp.Span({**self.SPAN, **wrong})


if __name__ == "__main__":
    Spans.binary = Switches.binary = Collectors.binary = sys.argv.pop(1)
    unittest.main()
