"""Endpoints whose mood changes: each serves the model m until it does what no endpoint should.

A whole answer carries the digest of its text, and a stream says in each event how many there are: so a client can tell
what is whole from what only looks so.
"""

import asyncio
import contextlib
import hashlib
import json
import socket
import struct

MODEL = "m"
STALL_SECONDS = 120  # longer than the clients wait, so that whoever waits for it hangs

# What an endpoint may do to a request, beside serving it well.
ILL = ["stall", "cut", "reset", "error_500", "error_429", "error_503", "garbage", "too_short", "endless_head", "silent_stream"]


class Gone(Exception):
    """The other side has left, or we want the connection to end here."""


class Endpoint:
    def __init__(self, name, random):
        self.name = name
        self.random = random
        self.mood = "well"
        self.port = 0
        self.seen = {}  # how often a request of a client came here, by its number
        self.server = None
        self.connections = set()

    async def open(self):
        """Listens, on the same port as before if there was one."""
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, reuse_address=True)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self):
        """Nobody listens any more, and every connection ends."""
        if self.server is not None:
            self.server.close()
            self.server = None
        for task in list(self.connections):
            task.cancel()

    async def change(self, mood):
        if mood == "refuse":
            await self.close()
        elif self.server is None:
            await self.open()
        self.mood = mood

    async def serve(self, reader, writer):
        task = asyncio.current_task()
        self.connections.add(task)
        try:
            while await self.answer(reader, writer):
                pass
        except (Gone, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(task)
            writer.close()
            with contextlib.suppress(Exception):
                await writer.wait_closed()

    async def answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path = head.split(" ", 2)[:2]
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        if method == "GET" and path == "/v1/models":
            return await self.whole(writer, 200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        if path != "/v1/chat/completions":
            return await self.whole(writer, 404, {"error": {"message": "not here"}})
        if method != "POST":
            return await self.whole(writer, 405, {"error": {"message": "POST it"}}, "Allow: POST\r\n")
        try:
            request = json.loads(body)
        except ValueError:
            return await self.whole(writer, 400, {"error": {"message": "not JSON"}})
        self.seen[request["user"]] = self.seen.get(request["user"], 0) + 1
        return await self.chat(writer, request)

    async def chat(self, writer, request):
        mood = self.mood
        if mood == "stall":
            await asyncio.sleep(STALL_SECONDS)
            raise Gone
        if mood == "reset":
            reset(writer)
        if mood == "garbage":
            await self.write(writer, self.random.randbytes(self.random.randint(1, 20_000)))
            raise Gone
        if mood == "endless_head":
            await self.write(writer, b"HTTP/1.1 200 OK\r\n")
            while True:
                await self.write(writer, b"x-more: " + b"x" * 1000 + b"\r\n")
        if mood.startswith("error_"):
            fields = "Retry-After: 1\r\n" if mood != "error_500" else ""
            return await self.whole(writer, int(mood[6:]), {"error": {"message": mood}}, fields)
        if request.get("stream"):
            return await self.stream(writer, mood)
        text = self.random.choice("abcdef") * self.random.choice([10, 500, 20_000, 300_000])
        answer = {"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        if mood in ("cut", "too_short", "silent_stream"):
            whole = json.dumps(answer).encode()
            part = whole[: self.random.randint(0, len(whole) - 1)]
            await self.write(writer, ok(f"Content-Type: application/json\r\nContent-Length: {len(whole)}\r\n") + part)
            if mood == "silent_stream":
                await asyncio.sleep(STALL_SECONDS)
            raise Gone
        return await self.whole(writer, 200, answer)

    async def stream(self, writer, mood):
        count = self.random.randint(1, 30)
        last = self.random.randint(0, count - 1) if mood in ("cut", "too_short", "silent_stream") else count
        await self.write(writer, ok("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"))
        for number in range(last):
            await self.write(writer, chunk(b"data: " + json.dumps({"number": number, "of": count}).encode() + b"\n\n"))
            await asyncio.sleep(self.random.choice([0, 0, 0.01, 0.05]))
        if last == count:
            await self.write(writer, chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
            return True
        if mood == "silent_stream":
            await asyncio.sleep(STALL_SECONDS)
        if mood == "too_short":  # dies within a chunk
            await self.write(writer, b"40\r\ndata: {\"num")
        raise Gone

    async def whole(self, writer, status, body, fields=""):
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\n{fields}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        await self.write(writer, head.encode() + text)
        return True

    async def write(self, writer, data):
        writer.write(data)
        await writer.drain()


def ok(fields):
    return f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode()


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Gone
