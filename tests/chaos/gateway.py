"""The gateway as a process: its file, what it says of itself, and what the kernel says of it."""

import asyncio
import json
import os
import pathlib
import re
import signal
import sqlite3
import urllib.request

FILE = """listen: 127.0.0.1:0
operations: {{address: "127.0.0.1:0"}}
workers: 2
store: {{path: "{directory}/pointsman.db"}}
probe: {{interval: 200ms, timeout: 500ms}}
queue: {{wait: 3s}}
log: {{access: false}}
endpoints:
{endpoints}"""

ENDPOINT = "  - {{name: {name}, url: \"http://127.0.0.1:{port}\", weight: {weight}, max_concurrent: 16, " \
           "timeouts: {{connect: 1s, first_byte: 2s, idle: 2s}}}}\n"

ESTABLISHED, CLOSE_WAIT = "01", "08"


class Gateway:
    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = pathlib.Path(directory)
        self.file = self.directory / "pointsman.yaml"
        self.log = self.directory / "gateway.log"
        self.port = self.operations_port = 0
        self.process = None

    def write_file(self, endpoints, weight=1):
        entries = "".join(ENDPOINT.format(name=each.name, port=each.port, weight=weight) for each in endpoints)
        self.file.write_text(FILE.format(directory=self.directory, endpoints=entries))

    async def start(self):
        # What AddressSanitizer keeps back of freed memory would look like growth.
        environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4")
        with self.log.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.binary, "serve", "--config", self.file, stdout=log, stderr=log, env=environment)
        for _ in range(400):
            if ports := self.ports():
                self.port, self.operations_port = ports
                return
            await asyncio.sleep(0.05)
        raise RuntimeError(f"the gateway does not listen: see {self.log}")

    def ports(self):
        found = dict(re.findall(r'"listener":"(\w+)","address":"127.0.0.1:(\d+)"', self.log.read_text()))
        return (int(found["main"]), int(found["operations"])) if len(found) == 2 else None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    async def stop(self):
        """Its exit code; nothing if it had to be killed."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(60):
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            return None

    def is_running(self):
        return self.process.returncode is None

    @staticmethod
    async def ask(port, path):
        def ask():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.read().decode()
        return await asyncio.to_thread(ask)

    async def places_taken(self):
        """What counts requests or clients that should be gone: each with its figure, if it is not 0."""
        taken = {}
        for line in (await self.ask(self.operations_port, "/metrics")).splitlines():
            name, _, value = line.rpartition(" ")
            is_place = re.match(r"pointsman_(\w*(queued|queue_length|waiting)|websockets_open)\b", name)
            if is_place and float(value) != 0:
                taken[name] = value
        models = json.loads(await self.ask(self.port, "/v1/models?verbose=true"))
        slots = list(numbers_named("in_flight", models))
        if not slots:
            taken["in_flight"] = "is not told"
        return taken | {where: value for where, value in slots if value != 0}

    def resident_bytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    def connections(self):
        """TCP connections of the process that are open, or that it has not closed after the other side did."""
        inodes = set()
        for each in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                target = os.readlink(each)
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
        rows = pathlib.Path(f"/proc/{self.process.pid}/net/tcp").read_text().splitlines()[1:]
        parts = [row.split() for row in rows]
        return sum(1 for each in parts if each[3] in (ESTABLISHED, CLOSE_WAIT) and each[9] in inodes)

    async def hold_database(self, seconds):
        """Another process that keeps the gateway from writing."""
        def hold():
            database = sqlite3.connect(self.directory / "pointsman.db", timeout=2, isolation_level=None)
            try:
                database.execute("BEGIN EXCLUSIVE")
                return database
            except sqlite3.OperationalError:
                database.close()
                return None
        database = hold()
        await asyncio.sleep(seconds)
        if database is not None:
            database.execute("COMMIT")
            database.close()


def numbers_named(name, value, path=""):
    if isinstance(value, dict):
        for key, each in value.items():
            if key == name and isinstance(each, (int, float)):
                yield f"{path}.{key}", each
            yield from numbers_named(name, each, f"{path}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from numbers_named(name, each, f"{path}[{number}]")
