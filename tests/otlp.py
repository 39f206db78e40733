"""A strict reader of what a collector is sent: OTLP 1, an ExportTraceServiceRequest in its JSON mapping.

It knows what pointsman may say and no more: a member that it does not know is wrong here.
"""

import re

NUMBER = re.compile(r"0|-?[1-9]\d*")
KINDS = {2: "server", 3: "client"}
CODES = {2: "error"}
SPAN = {"traceId", "spanId", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes",
        "events", "status"}
REQUIRED = SPAN - {"parentSpanId", "events"}
VALUES = {"stringValue": str, "intValue": str, "boolValue": bool}
LONGEST_TEXT = 256
# What the conventions demand of every span of its kind, where there is a connection over TCP.
OF_SERVERS = {"http.request.method": str, "url.scheme": str, "pointsman.request_id": str, "pointsman.ended": str}
OF_CLIENTS = {"http.request.method": str, "server.address": str, "server.port": int, "pointsman.endpoint": str}


class Wrong(Exception):
    """The body is not what the format allows."""


def demand(truth, words):
    if not truth:
        raise Wrong(words)


def members(value, allowed, required, what):
    demand(isinstance(value, dict), f"{what} is no object: {value!r}")
    demand(set(value) <= set(allowed), f"{what} has {set(value) - set(allowed)}")
    demand(set(required) <= set(value), f"{what} lacks {set(required) - set(value)}")


def attributes(listed, what):
    demand(isinstance(listed, list), f"the attributes of {what} are no list")
    read = {}
    for each in listed:
        members(each, {"key", "value"}, {"key", "value"}, f"an attribute of {what}")
        key, value = each["key"], each["value"]
        demand(isinstance(key, str) and re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", key), f"a key of {what}: {key!r}")
        demand(key not in read, f"{key} of {what} is there twice")
        demand(isinstance(value, dict) and len(value) == 1 and set(value) <= set(VALUES), f"{key}: {value!r}")
        (kind, held), = value.items()
        demand(type(held) is VALUES[kind], f"{key}: {value!r}")
        if kind == "intValue":
            demand(NUMBER.fullmatch(held), f"{key}: {value!r}")
            held = int(held)
        elif kind == "stringValue":
            demand(0 < len(held) <= LONGEST_TEXT, f"{key} has {len(held)} characters")
        read[key] = held
    return read


def identifier(text, digits, what):
    demand(isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", text), f"{what}: {text!r}")
    demand(text.strip("0"), f"{what} is zero")
    return text


def time(text, what):
    demand(isinstance(text, str) and NUMBER.fullmatch(text), f"{what}: {text!r}")
    at = int(text)
    demand(1_600_000_000 * 10**9 < at < 4_000_000_000 * 10**9, f"{what} is not in nanoseconds of now: {text}")
    return at


class Span:
    def __init__(self, json):
        members(json, SPAN, REQUIRED, "a span")
        self.trace = identifier(json["traceId"], 32, "traceId")
        self.id = identifier(json["spanId"], 16, "spanId")
        self.parent = identifier(json["parentSpanId"], 16, "parentSpanId") if "parentSpanId" in json else None
        demand(type(json["flags"]) is int and json["flags"] in (0x101, 0x301), f"flags: {json['flags']!r}")
        self.has_remote_parent = json["flags"] == 0x301
        self.name = json["name"]
        demand(isinstance(self.name, str) and self.name, f"name: {self.name!r}")
        demand(type(json["kind"]) is int and json["kind"] in KINDS, f"kind: {json['kind']!r}")
        self.kind = KINDS[json["kind"]]
        self.began = time(json["startTimeUnixNano"], "startTimeUnixNano")
        self.ended = time(json["endTimeUnixNano"], "endTimeUnixNano")
        demand(self.began <= self.ended, "it ends before it begins")
        self.attributes = attributes(json["attributes"], self.name)
        for key, kind in (OF_SERVERS if self.kind == "server" else OF_CLIENTS).items():
            demand(type(self.attributes.get(key)) is kind, f"{self.kind} span without {key}: {self.attributes}")
        self.events = {}
        for event in json.get("events", []):
            members(event, {"timeUnixNano", "name"}, {"timeUnixNano", "name"}, "an event")
            at = time(event["timeUnixNano"], "timeUnixNano")
            demand(self.began <= at <= self.ended, f"{event['name']} lies outside of its span")
            self.events[event["name"]] = at
        members(json["status"], {"code"}, set(), "status")
        code = json["status"].get("code")
        demand(code is None or (type(code) is int and code in CODES), f"status: {code!r}")
        self.is_error = code is not None
        demand(self.is_error == ("error.type" in self.attributes), "error.type stands where there is no error, or not at one")


def read(body):
    """The spans of a request to the collector, and the attributes of who sent it."""
    members(body, {"resourceSpans"}, {"resourceSpans"}, "the body")
    demand(isinstance(body["resourceSpans"], list) and len(body["resourceSpans"]) == 1, "resourceSpans")
    part = body["resourceSpans"][0]
    members(part, {"resource", "scopeSpans"}, {"resource", "scopeSpans"}, "resourceSpans")
    members(part["resource"], {"attributes"}, {"attributes"}, "resource")
    resource = attributes(part["resource"]["attributes"], "the resource")
    demand({"service.name", "service.version", "service.instance.id"} == set(resource), f"resource: {resource}")
    demand(isinstance(part["scopeSpans"], list) and len(part["scopeSpans"]) == 1, "scopeSpans")
    scope = part["scopeSpans"][0]
    members(scope, {"scope", "spans"}, {"scope", "spans"}, "scopeSpans")
    members(scope["scope"], {"name", "version"}, {"name", "version"}, "scope")
    demand(isinstance(scope["spans"], list) and scope["spans"], "there are no spans")
    return [Span(each) for each in scope["spans"]], resource


def family(spans):
    """The spans of one trace that hang together: the one of the request, and those of its attempts, in order."""
    servers = [each for each in spans if each.kind == "server"]
    demand(len(servers) == 1, f"{len(servers)} spans of requests")
    request = servers[0]
    demand(request.has_remote_parent == (request.parent is not None), "a remote parent that is none")
    attempts = sorted((each for each in spans if each.kind == "client"), key=lambda each: each.began)
    for each in attempts:
        demand(each.trace == request.trace and each.parent == request.id, "an attempt hangs elsewhere")
        demand(not each.has_remote_parent, "an attempt below somebody else's span")
        demand(request.began <= each.began and each.ended <= request.ended, "an attempt outlasts its request")
    for one, next_one in zip(attempts, attempts[1:]):
        demand(one.ended <= next_one.began, "attempts overlap")
    demand(len({each.id for each in spans}) == len(spans), "two spans with one id")
    return request, attempts
