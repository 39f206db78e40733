#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets to corpus/TARGET/: real shapes, and what others got wrong.

Usage: make_corpus.py (run it after a change here, and commit what it wrote)
"""

import gzip
import json
import pathlib
import shutil
import zlib

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
# What the first byte of an input says where the target takes its pieces from it: the seventh kind of split.
PIECES = b"6"


def request(fields, body="", line="POST /v1/chat/completions HTTP/1.1"):
    return f"{line}\r\n{fields}\r\n{body}".encode("latin-1")


def post(fields, body=""):
    return request("Host: h\r\n" + fields, body)


def response(fields, body="", line="HTTP/1.1 200 OK"):
    return f"{line}\r\n{fields}\r\n{body}".encode("latin-1")


REQUESTS = {
    "length": post("Content-Type: application/json\r\nContent-Length: 13\r\n", '{"model":"m"}'),
    "chunked": post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n1;a=b\r\n,\r\n0\r\nTrailer: x\r\n\r\n"),
    "no-body": request("Host: h\r\nAccept: */*\r\n", line="GET /v1/models/org%2Fm?beta=true HTTP/1.1"),
    "sdk": post("Authorization: Bearer sk-1\r\nX-Api-Key: k\r\nUser-Agent: OpenAI/Python 3.3.1\r\n"
                "X-Stainless-Lang: python\r\nAccept: application/json\r\nAccept-Encoding: gzip, deflate\r\n"
                "Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"),
    "named-by-connection": post("Connection: close, X-Hop, Host, Content-Length\r\nX-Hop: 1\r\nX-Kept: 2\r\n"
                                "Content-Length: 2\r\n", "{}"),
    "odd-connection": post("Connection: keep-al=ive\r\n"),
    "options-without-comma": post("Connection: x y\r\nX: 1\r\n"),
    "hop-by-hop": post("Keep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"
                       "Proxy-Authorization: Basic x\r\nProxy-Connection: keep-alive\r\n"),
    "both-framings": post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    "hidden-encoding": post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"),
    "two-codings": post("Transfer-Encoding: gzip, chunked\r\n"),
    "two-encodings": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    "two-lengths": post("Content-Length: 5\r\nContent-Length: 6\r\n"),
    "equal-lengths": post("Content-Length: 5, 5\r\nContent-Length: 05\r\n", "hello"),
    "odd-length": post("Content-Length: +5\r\n"),
    "folded": post("X: a\r\n folded\r\n"),
    "space-before-colon": post("Transfer-Encoding : chunked\r\n"),
    "bare-newline": post("X: a\nTransfer-Encoding: chunked\r\n"),
    "bare-return": post("X: a\rY: b\r\n"),
    "nul": post("X: a\0b\r\n"),
    "old-chunked": request("Transfer-Encoding: chunked\r\n", line="POST / HTTP/1.0"),
    "old": request("Connection: keep-alive\r\n", line="GET / HTTP/1.0"),
    "two-hosts": request("Host: a\r\nHost: b\r\n"),
    "no-host": request("X: y\r\n"),
    "absolute": request("Host: h\r\n", line="GET http://h/v1/models HTTP/1.1"),
    "raw-utf8": request("Host: h\r\n", line="GET /\xc3\xa4 HTTP/1.1"),
    "obs-text": post("X: \xe4\xf6\xfc\r\nEmpty:\r\nTabs:\ta\tb\t\r\n"),
    "two-requests": post("Content-Length: 2\r\n", "{}GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
}

RESPONSES = {
    "length": response("Content-Length: 3\r\nx-request-id: r\r\nRetry-After: 1\r\n", "abc"),
    "chunked": response("Transfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n", "3\r\nabc\r\n0\r\n\r\n"),
    "until-close": response("Content-Type: text/plain\r\n", "abc"),
    "old": response("Connection: keep-alive\r\nContent-Length: 0\r\n", line="HTTP/1.0 200 OK"),
    "continue": response("", line="HTTP/1.1 100 Continue"),
    "no-content": response("Content-Length: 3\r\n", line="HTTP/1.1 204 No Content"),
    "not-modified": response("Content-Length: 3\r\nETag: \"x\"\r\n", line="HTTP/1.1 304 Not Modified"),
    "no-reason": response("Content-Length: 0\r\n", line="HTTP/1.1 429 "),
    "named-by-connection": response("Connection: x-request-id, X-Hop\r\nX-Hop: 1\r\nX-Request-Id: r\r\n"),
    "hop-by-hop": response("Keep-Alive: timeout=5\r\nTrailer: X\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n"),
    "options-without-comma": response("Connection: x y\r\nUpgrade: a/1, b\r\n"),
    "both-framings": response("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
    "two-codings": response("Transfer-Encoding: gzip, chunked\r\n"),
    "two-lengths": response("Content-Length: 3\r\nContent-Length: 4\r\n"),
    "odd-status": response("Content-Length: 0\r\n", line="HTTP/1.1 099 X"),
    "buffering": response("content-type: Text/Event-Stream; charset=utf-8\r\nx-accel-buffering: yes\r\n"),
}

CHUNKED = {
    "rich": "5\r\nhello\r\n1;a=b\r\n,\r\n00A\r\n  the rest\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nGET / HTTP/1.1\r\n",
    "empty": "0\r\n\r\n",
    "spaces": "1 \r\na\r\n2\t;x\r\nbc\r\n0\r\n\r\n",
    "newlines": "5\nhello\n0\n\n",
    "bad-end": "5\r\nhelloX\r\n",
    "hexadecimal": "0x5\r\nhello\r\n0\r\n\r\n",
    "huge": "ffffffffffffffff\r\nx",
    "zeros": "000000000000005\r\nhello\r\n0\r\n\r\n",
    "extension": "1;" + 300 * "x" + "\r\na\r\n0\r\n\r\n",
    "no-end": "3\r\nabc\r\n0\r\nX: y\r\n",
}

BODIES = {
    "chat": json.dumps({"model": "llama3.2:3b", "stream": True, "temperature": 0.7, "messages": [
        {"role": "system", "content": "You are \"kind\"."}, {"role": "user", "content": "Grüße\n😀"}]}),
    "tools": json.dumps({"tools": [{"type": "function", "function": {"name": "model", "parameters": {
        "type": "object", "properties": {"model": {"type": "string"}}}}}], "model": "m", "stream": None}),
    "escapes": r'{"m\u006fdel":"gpt\u002d4","str\u0065am":false,"x":"\ud83d\ude82\\\"\/"}',
    "decoys": r'{"a":{"model":"x"},"b":["model",{"stream":true}],"c":"\"model\":\"y\"","model":"z"}',
    "two-models": '{"model":"a","model":"b"}',
    "other-letters": '{"Model":"a"}',
    "no-string": '{"model":123}',
    "numbers": '{"seed":123456789012345678901234567890,"t":-0.5e-3,"u":1E+2,"model":"m"}',
    "spaces": " \t\r\n{ \"model\"\n:\t\"m\" , \"stream\" : true }\n ",
    "byte-order-mark": "\ufeff{\"model\":\"m\"}",
    "trailing": '{"model":"m"}{}',
    "deep": '{"a":' + 40 * "[" + 40 * "]" + ',"model":"m"}',
    "cut": '{"model":"m","messages":[{"role":"us',
    "surrogate": r'{"x":"\ud800","model":"m"}',
    "array": '[{"model":"m"}]',
    "empty": "{}",
}

NAMES = {"plain": "x", "colon": "llama3.2:3b", "quotes": 'a "quoted" \\ name', "control": "tab\tand\x01",
         "umlauts": "Grüß 🚂"}


def event(data, name=None):
    return (f"event: {name}\n" if name else "") + f"data: {data}\n\n"


def response_event(name, number, **more):
    return event(json.dumps({"type": name, "sequence_number": number, **more}), name)


CHAT, RESPONSE, MESSAGE, OTHER = b"\x06", b"\x0e", b"\x16", b"\x1e"  # the dialect, and PIECES' kind of split

STREAMS = {
    "chat": CHAT + (event('{"choices":[{"delta":{"content":"data: [DONE]"}}]}') + event("[DONE]")).encode(),
    "chat-crlf": CHAT + b"data: 1\r\n\r\n: ping\r\n\r\ndata: [DONE]\r\n\r\n",
    "chat-cr": CHAT + b"\xef\xbb\xbfdata: 1\r\rdata: [DONE]\r\r",
    "chat-cut": CHAT + b"data: 1\n\ndata: {\"cho",
    "many-fields": CHAT + b"id: 1\nretry: 3\ndata\ndata:a\ndata: b\nevent: x\n:c\nunknown\n\ndata : x\n\n",
    "responses": RESPONSE + (response_event("response.created", 0) + response_event(
        "response.output_text.delta", 1, delta="\"type\":\"error\"") + response_event(
            "response.completed", 2, response={"type": "x", "sequence_number": 9})).encode(),
    "responses-without-names": RESPONSE + event('{"response":{"a":[1,"]}"]},"sequence_number":3,'
                                                '"type":"response.failed"}').encode() + b"data: [DONE]\n\n",
    "responses-lines": RESPONSE + b"data: {\ndata: \"type\":\"error\",\ndata: \"sequence_number\":4}\n\n",
    "messages": MESSAGE + (event('{"type":"message_start"}', "message_start") + event('{"type":"ping"}', "ping") +
                           event('{"type":"message_stop"}', "message_stop")).encode(),
    "messages-error": MESSAGE + event('{"type":"error","error":{"type":"api_error"}}', "error").encode(),
    "other": OTHER + event("x", "error").encode(),
}

EVENTS = {
    "openai": '{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","output":[]}}',
    "vllm": r'{"response":{"type":"x","output":[{"text":"\"]}"}]},"sequence_number":12,"type":"response.completed"}',
    "spaces": '{ "sequence_number" : 7 ,\n"type"\t: "error" }',
    "escapes": r'{"ty\u0070e":"error","type":"err\u006fr","sequence_number":1}',
    "odd-numbers": '{"sequence_number":-1.5e3,"type":null}',
    "large-number": '{"sequence_number":18446744073709551615,"type":"123456789012345678901234"}',
    "array": '[{"type":"a"}]',
    "done": "[DONE]",
}

USAGES = {
    "chat": '{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}',
    "response": '{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"total_tokens":3}',
    "answer": '{"id":"c","usage":{"total_tokens":9},"x":"\\"usage\\":{"}',
    "stream": 'data: {"usage":null}\n\ndata: {"usage":{"total_tokens":7}}\n\ndata: [DONE]\n\n',
    "odd-numbers": '{"total_tokens":1.5e3,"prompt_tokens":-1,"input_tokens":999999999999999999,"x":[{}]}',
    "more-than-anybody-takes": '{"total_tokens":1000000000001}',
}

CONFIGURATIONS = {
    "small": "endpoints:\n  - name: a\n    url: http://127.0.0.1:11434\n",
    "listen": "listen: [127.0.0.1:8484, {address: 'unix:/run/x.sock'}, {address: '[::1]:1', tls: {certificate: a.pem, "
              "key: b.pem}}]\noperations: {address: 127.0.0.1:0}\nworkers: 4\n",
    "access": "access:\n  keys:\n    - {name: a, key: \"${KEY}\", models: [\"llama*\"]}\n    - {name: b, key_file: f}\n"
              "    - name: c\n      key_sha256: " + 64 * "a" + "\n",
    "endpoints": "endpoints:\n  - name: a\n    url: https://h.example/api/v1\n    api_key: \"${KEY}\"\n    weight: 2\n"
                 "    priority: 1\n    max_concurrent: 8\n    timeouts: {connect: 5s, first_byte: 10m, idle: 500ms}\n"
                 "    apis: {responses: false}\n    models: [{id: m, aliases: [n, o]}]\n",
    "rest": "models: {fallbacks: {big: [small]}}\ndefaults: {responses: small}\nprobe: {interval: 30s, timeout: 5s}\n"
            "routing: {policy: least_loaded, attempts: 3, retry_budget: 20%}\n"
            "limits: {request_body: 64MiB, buffered: 1GiB, connections: 20000}\nlog: {level: info, format: json}\n",
    "aliases": "x: &a [1, 2]\ny: &b [*a, *a]\nz: {<<: {q: 1}, w: *b}\n",
    "laughs": "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\ne: [*d,*d,*d,*d]\n",
    "many-laughs": "".join(f"{n}: &{n} [" + 8 * (f"*{m}," if m else "x,") + "]\n" for m, n in
                           zip([""] + list("abcdefg"), "abcdefgh")),
    "itself": "a: &a [*a]\n",
    "tags": "log: !!str {level: !x info}\n",
    "block-text": "log: |\n  one\n  two\nstore: >-\n  path\n",
    "twice": "log: {level: info}\nlog: {level: debug}\nunknown: 1\n",
    "two-documents": "---\nlog: {}\n---\nlog: {}\n...\n",
    "open-brace": "listen: {address: ${KEY}}\n",
    "tab": "listen:\n\t- x\n",
    "deep": 40 * "[" + 40 * "]",
    "control": "log: \"\\e[31m\"\nx: \"\\x07\\u2028\"\n",
    "empty": "# nothing\n",
}


def form(*parts, end="--b--\r\n"):
    return "".join(f"--b\r\n{header}\r\n\r\n{value}\r\n" for header, value in parts) + end


def field(name, value):
    return f'Content-Disposition: form-data; name="{name}"', value


FILE = ('Content-Disposition: form-data; name="file"; filename="model"\r\nContent-Type: audio/wav', "RIFF\n--x\r\n--a\r\n")
FORM = "multipart/form-data; boundary=b"

FORMS = {
    "model": f"{FORM}\n" + form(field("model", "m")),
    "model-behind-file": f"{FORM}\n" + form(FILE, field("model", "org/m:1b"), field("stream", "true")),
    "quoted-boundary": 'multipart/form-data; charset=utf-8; boundary="b"\npreamble\r\n' + form(field("model", "m")) + "epilogue",
    "long-boundary": f"multipart/form-data; boundary={70 * 'b'}\n" + form(field("model", "m")).replace("--b", "--" + 70 * "b"),
    "unquoted-names": f"{FORM}\n" + form(("CONTENT-disposition:form-data ;NAME=model", "m")),
    "decoys": f"{FORM}\n" + form(('Content-Disposition: form-data; filename="a\\"; name=\\"model"; name=x', "y"),
                                 ("Content-Disposition: form-data; filename=model", "y"), ("", "nameless"), field("model", "m")),
    "star": f"{FORM}\n" + form(("Content-Disposition: form-data; name*=utf-8''model", "m")),
    "two-models": f"{FORM}\n" + form(field("model", "a"), field("model", "b")),
    "two-names": f"{FORM}\n" + form(("Content-Disposition: form-data; name=x; name=model", "m")),
    "folded": f"{FORM}\n" + form(("Content-Disposition: form-data;\r\n name=model", "m")),
    "bare-newlines": f"{FORM}\n" + form(field("model", "m")).replace("\r", ""),
    "padded-delimiters": f"{FORM}\n" + form(field("model", "m"), end="--b-- \t").replace("--b\r", "--b \t\r"),
    "longer-line": f"{FORM}\n" + form(field("model", "m"), end="--bx\r\n\r\n\r\n--b--"),
    "goes-on": f"{FORM}\n" + form(field("model", "m")) + form(field("model", "n")),
    "cut": f"{FORM}\n" + form(field("model", "m"), end=""),
    "empty": f"{FORM}\n--b--",
}


GZIP = gzip.compress(b'{"model":"m"}' + 100 * b" ", mtime=0)
ZLIB = zlib.compress(b'{"model":"m"}' + 100 * b" ")
ZSTD = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"
BROTLI = b"\x0b\x02\x80hello\x03"

# The first byte is the coding.
COMPRESSED = {
    "gzip": b"\0" + PIECES + GZIP,
    "gzip-members": b"\0" + PIECES + GZIP + GZIP,
    "gzip-cut": b"\0" + PIECES + GZIP[:-3],
    "gzip-trailing": b"\0" + PIECES + GZIP + b"garbage",
    "gzip-with-name": b"\0" + PIECES + GZIP[:3] + b"\x08" + GZIP[4:10] + b"name\0" + GZIP[10:],
    "gzip-bomb": b"\0" + PIECES + gzip.compress(bytes(1 << 16), mtime=0),
    "zlib": b"\1" + PIECES + ZLIB,
    "zlib-bare": b"\1" + PIECES + ZLIB[2:-4],
    "zstd": b"\2" + PIECES + ZSTD,
    "zstd-frames": b"\2" + PIECES + ZSTD + b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx" + ZSTD,
    "zstd-legacy": b"\2" + PIECES + b"\x26\xb5\x2f\xfd\x47\x7f\x00",
    "zstd-declares-more": b"\2" + PIECES + b"\x28\xb5\x2f\xfd\x20\xa0\x01\x00\x00",
    "zstd-wide": b"\2" + PIECES + b"\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00",
    "brotli": b"\3" + PIECES + BROTLI,
    "brotli-trailing": b"\3" + PIECES + BROTLI + BROTLI,
}

FRAMES = {
    "text": b"\x81\x05Hello",
    "masked": b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
    "fragments": b"\x01\x03Hel\x89\x01x\x80\x02lo",
    "longer": b"\x82\x7e\x01\x00" + bytes(256),
    "long": b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + bytes(16),
    "close": b"\x88\x09\x03\xf4restart",
    "reserved": b"\xc1\x02hi",
    "unknown": b"\x83\x00",
    "long-ping": b"\x89\x7e\x00\x7e",
}

TOLD = '{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":7,"output_tokens":5}}}'


def frames(*payloads, first=0x81):
    return b"".join(bytes([first, len(payload)]) + payload for payload in payloads)


def deflated(*texts):
    deflating = zlib.compressobj(wbits=-15)
    return [(deflating.compress(text.encode()) + deflating.flush(zlib.Z_SYNC_FLUSH))[:-4] for text in texts]


# What a client's message says (0), and an endpoint's frames, as they are (1) or inflated (2).
MESSAGES = {
    "create": b'0{"type":"response.create","model":"m","input":"x","max_output_tokens":5000}',
    "nested": b'0{"type":"response.create","response":{"model":"m","previous_response_id":"resp_1"}}',
    "two-types": b'0{"type":"x","sequence_number":1,"type":"response.create"}',
    "escaped-key": b'0{"type":"x","\\u0074ype":"response.create"}',
    "escaped-type": b'0{"type":"response.\\u0063reate","model":"m"}',
    "other-letters": b'0{"type":"x","Type":"response.create"}',
    "other": b'0{"type":"session.update"}',
    "told": b"1" + frames(b'{"type":"response.created"}', TOLD.encode(), b'{"type":"error","status":400}'),
    "fragments": b"1" + frames(b'{"type":"response.do', first=0x01) + frames(b"ping", first=0x89)
                 + frames(b'ne","usage":{"total_tokens":3}}', first=0x80),
    "type-last": b"1" + frames(b'{"usage":{"input_tokens":7},"type":"response.failed"}'),
    "two-told": b"1" + frames(b'{"type":"x","type":"response.completed","usage":{"input_tokens":7}}'),
    "deflated": b"2" + frames(*deflated(TOLD, TOLD, '{"type":"error"}'), first=0xc1),
    "dense": b"2" + frames(*deflated("a" * 20_000, TOLD), first=0xc1),
    "corrupt": b"2" + frames(b"\xff\xff\xff\xff", *deflated(TOLD), first=0xc1),
    "plain-too": b"2" + frames(TOLD.encode()) + frames(*deflated(TOLD), first=0xc1),
}


def of_text(texts, first=b""):
    return {name: first + text.encode() for name, text in texts.items()}


def with_first(first, messages):
    return {name: first + message for name, message in messages.items()}


TARGETS = {
    "request_framing": with_first(PIECES, REQUESTS),
    "response_framing": with_first(PIECES, RESPONSES) | {"to-head": b"7" + RESPONSES["length"]},
    "plain_head": with_first(b"0", REQUESTS) | with_first(b"1", {
        f"answer-{name}": message for name, message in RESPONSES.items()}),
    "chunk_decoder": of_text(CHUNKED, PIECES),
    "request_fields": of_text(BODIES),
    "splice": {f"{name}-in-{body}": f"{NAMES[name]}\n{BODIES[body]}".encode() for name, body in (
        ("plain", "chat"), ("colon", "escapes"), ("quotes", "decoys"), ("control", "spaces"),
        ("umlauts", "byte-order-mark"), ("plain", "numbers"), ("plain", "tools"))},
    "form": of_text(FORMS),
    "decompressor": COMPRESSED,
    "sse_tap": STREAMS,
    "event_members": of_text(EVENTS, PIECES),
    "regenerated_request": REQUESTS,
    "regenerated_response": with_first(b"2", RESPONSES) | {"old-client": b"0" + RESPONSES["chunked"],
                                                           "to-head": b"3" + RESPONSES["length"]},
    "configuration": of_text(CONFIGURATIONS),
    "usage": of_text(USAGES, PIECES),
    "websocket_frame": with_first(PIECES, FRAMES),
    "websocket_messages": with_first(PIECES, MESSAGES),
}

shutil.rmtree(CORPUS, ignore_errors=True)
for target, seeds in TARGETS.items():
    directory = CORPUS / target
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        (directory / name).write_bytes(content)
