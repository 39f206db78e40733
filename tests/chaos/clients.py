"""Clients that come, ask, read all of their answer or leave in the middle, and judge what they got."""

import asyncio
import collections
import contextlib
import hashlib
import json

from endpoints import MODEL

# Longer than every time-out and every wait of the gateway's file together.
DEADLINE_SECONDS = 45


class Cut(Exception):
    """The answer ended before it was whole, and said so."""


class Lie(Exception):
    """The answer looked whole, and was not."""


class Figures:
    def __init__(self):
        self.requests = 0
        self.whole = 0
        self.left = 0
        self.failed = collections.Counter()
        self.lies = []
        self.hangs = []


class Clients:
    def __init__(self, gateway, random):
        self.gateway = gateway
        self.random = random
        self.figures = Figures()
        self.stopping = False

    async def one(self):
        """Asks one thing after the other until it is told to stop."""
        while not self.stopping:
            await self.visit()
            await asyncio.sleep(self.random.choice([0, 0, 0.01, 0.1]))

    async def visit(self):
        number = self.figures.requests
        self.figures.requests += 1
        leaves = self.random.random() < 0.1
        streams = self.random.random() < 0.5
        patience = self.random.uniform(0, 0.2) if leaves else DEADLINE_SECONDS
        writer = None
        try:
            async with asyncio.timeout(patience):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port, limit=1 << 20)
                await self.send(writer, number, streams)
                await self.read(reader, streams)
                self.figures.whole += 1
        except TimeoutError:
            if leaves:
                self.figures.left += 1
            else:
                self.figures.hangs.append(f"request {number} ({'stream' if streams else 'whole'})")
        except Lie as lie:
            self.figures.lies.append(f"request {number}: {lie}")
        except Cut as cut:
            self.figures.failed[str(cut)] += 1
        except (ConnectionError, asyncio.IncompleteReadError):
            self.figures.failed["cut"] += 1
        finally:
            if writer is not None:
                writer.close()
                with contextlib.suppress(Exception):
                    await writer.wait_closed()

    async def send(self, writer, number, streams):
        padding = "x" * self.random.choice([0, 0, 1000, 100_000])
        body = json.dumps({"model": MODEL, "user": str(number), "stream": streams, "messages": [], "x": padding}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        whole = head + body
        if self.random.random() < 0.05:  # slowly
            for begin in range(0, 200, 20):
                writer.write(whole[begin : begin + 20])
                await asyncio.sleep(0.02)
            whole = whole[200:]
        writer.write(whole)
        await writer.drain()

    async def read(self, reader, streams):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        fields = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in head.split("\r\n")[1:-2]}
        if fields.get("transfer-encoding") == "chunked":
            body = await self.chunks(reader)
        else:
            body = await reader.readexactly(int(fields["content-length"]))
        if status != 200:
            raise Cut(f"{status} {code_of(body)}")
        judge_stream(body) if streams else judge_whole(body)

    async def chunks(self, reader):
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return body


def code_of(body):
    try:
        error = json.loads(body)["error"]
        return error.get("code") or error.get("message")
    except (ValueError, KeyError, TypeError):
        raise Lie(f"an error that is no JSON: {body[:100]!r}") from None


def judge_whole(body):
    try:
        answer = json.loads(body)
        is_whole = hashlib.sha256(answer["text"].encode()).hexdigest() == answer["sha256"]
    except (ValueError, KeyError):
        is_whole = False
    if not is_whole:
        raise Lie(f"200 with {len(body)} bytes that are not what the endpoint sent: {body[:60]!r}")


def judge_stream(body):
    events = [event[len(b"data: ") :] for event in body.split(b"\n\n") if event]
    if events and b'"error"' in events[-1]:
        raise Cut("200, then an error event")
    if not events or events[-1] != b"[DONE]":
        raise Lie(f"a stream of {len(events)} events ended in order, without [DONE]")
    numbers = [json.loads(event) for event in events[:-1]]
    if [each["number"] for each in numbers] != list(range(len(numbers))) or len(numbers) != numbers[0]["of"]:
        raise Lie(f"a stream with [DONE] has {len(numbers)} events that are not all")
