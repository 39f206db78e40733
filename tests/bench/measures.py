"""What is measured, and how. Each function is one measure: it starts what it needs and fills rows of report.ROWS."""

import collections
import concurrent.futures
import contextlib
import dataclasses
import json
import pathlib
import re
import socket
import subprocess
import time

import machine
import targets

GATEWAYS = ("nginx", "haproxy", "pointsman")
CONNECTIONS = 64
RATE = 1_000
PACED_STREAMS = 1_000
RAPID_STREAMS = 64
QUIET_STREAMS = 5_000
BODIES, BODIES_AT_ONCE = 20, 4
MIB = 1 << 20


@dataclasses.dataclass
class Plan:
    rounds: int
    seconds: float
    warm_up: float
    rest: float  # seconds after the large bodies
    probed_rest: float  # seconds until all that is asked once has been asked
    counted: int  # requests whose instructions are counted


class Run:
    """One run of the benchmark: what was asked for, and what came of it so far."""

    def __init__(self, bench, plan, results, say):
        self.bench, self.plan, self.results, self.say = bench, plan, results, say

    @contextlib.contextmanager
    def everything(self):
        """The mock and every gateway in front of it, all up at once, so that rounds can be interleaved."""
        with contextlib.ExitStack() as stack:
            mock = stack.enter_context(self.bench.mock())
            yield [mock] + [stack.enter_context(self.bench.gateway(name, mock)) for name in GATEWAYS]

    def interleaved(self, measure, each):
        """Calls each(target) for every target in every round; a round is a dictionary of what it gave."""
        with self.everything() as all_targets:
            for number in range(self.plan.rounds):
                self.say(f"{measure}: round {number + 1} of {self.plan.rounds}")
                # Nobody is always the first, or always behind the same one.
                turn = number % len(all_targets)
                order = all_targets[turn:] + all_targets[:turn]
                yield {target.name: each(target, all_targets[0]) for target in order}

    def load(self, target, mock, *arguments, **options):
        """Puts a load on a target; what the load generator says of it."""
        options = {"port": target.port, "warm-up": self.plan.warm_up, "seconds": self.plan.seconds} | options
        words = [f"--{name}={value}" for name, value in options.items()]
        observed = [f"--observe={process}" for process in (mock.pid, target.pid)]
        command = [self.bench.program("load_generator"), *arguments, *words, *observed]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with machine.process(command, self.bench.cores.load, **pipes) as generator:
            said, complaint = generator.communicate()
        if generator.returncode != 0:
            raise machine.Failure(f"{target.name}: {complaint.strip()}")
        seen = json.loads(said)
        if seen["failures"]:
            self.results.fail(f"{target.name}: {seen['failures']} failures at `{arguments[0]}`; the first one: "
                              f"{seen['first_failure']}")
        if not seen["count"]:
            raise machine.Failure(f"{target.name}: nothing came back at `{arguments[0]}`: {seen['first_failure']}")
        return seen

    def add(self, row, target, value):
        self.results.add(row, target, value)

    def add_latency(self, rows, seen):
        """The latency of direct, and what each gateway adds to it in the same round."""
        for row, percentile in rows.items():
            direct = seen["direct"][percentile]
            for name, each in seen.items():
                self.add(row, name, each[percentile] - (direct if name != "direct" else 0))

    def add_cpu(self, row, seen):
        for name, each in seen.items():
            if name != "direct":
                self.add(row, name, each["cpu_ns"][2] / each["count"] / 1e3)


def whole_answers(run):
    """Small JSON, as many as go: throughput, latency, CPU time."""
    for seen in run.interleaved("small JSON", lambda target, mock: run.load(
            target, mock, "closed", connections=CONNECTIONS)):
        for name, each in seen.items():
            run.add("whole_rate", name, each["count"] / each["seconds"])
            run.add("whole_p50", name, each["p50_us"])
            run.add("whole_p99", name, each["p99_us"])
            run.add("whole_load_core", name, sum(each["cpu_ns"][:2]) / each["seconds"] / 1e7)
        run.add_cpu("whole_cpu", seen)


def calm_requests(run):
    """Small JSON at a rate that nobody finds hard: what a gateway adds to a request's time."""
    for seen in run.interleaved(f"{RATE} requests/s", lambda target, mock: run.load(
            target, mock, "open", connections=CONNECTIONS, rate=RATE)):
        run.add_latency({"calm_p50": "p50_us", "calm_p99": "p99_us"}, seen)


def probed_requests(run):
    """What requests notice of it when 200 endpoints of 50 models are probed every second."""
    with run.bench.mock() as mock:
        for number in range(run.plan.rounds):
            run.say(f"probing: round {number + 1} of {run.plan.rounds}")
            seen = {}
            for name in ("resting", "probing"):
                with run.bench.gateway(name, mock) as gateway:
                    time.sleep(run.plan.probed_rest)
                    seen[name] = run.load(gateway, mock, "open", connections=CONNECTIONS, rate=RATE)
                for percentile in ("p50", "p99"):
                    run.add(f"{name}_{percentile}", "pointsman", seen[name][f"{percentile}_us"])
            run.add("probing_growth", "pointsman", seen["probing"]["p50_us"] / seen["resting"]["p50_us"])
            cpu = {name: each["cpu_ns"][2] / each["seconds"] / 1e6 for name, each in seen.items()}
            run.add("probing_cpu", "pointsman", cpu["probing"] - cpu["resting"])


def paced_streams(run):
    """Streams at the pace of a model: CPU time and added latency of an event."""
    for seen in run.interleaved("paced streams", lambda target, mock: run.load(
            target, mock, "streams", model="bench-paced", connections=PACED_STREAMS)):
        for name, each in seen.items():
            run.add("paced_rate", name, each["count"] / each["seconds"])
        run.add_cpu("paced_cpu", seen)
        run.add_latency({"paced_p50": "p50_us", "paced_p99": "p99_us"}, seen)


def rapid_streams(run):
    """Streams as fast as they go."""
    for seen in run.interleaved("rapid streams", lambda target, mock: run.load(
            target, mock, "streams", model="bench-rapid", connections=RAPID_STREAMS)):
        for name, each in seen.items():
            run.add("rapid_rate", name, each["count"] / each["seconds"])
            run.add("rapid_load_core", name, sum(each["cpu_ns"][:2]) / each["seconds"] / 1e7)


def quiet_streams(run):
    """What a gateway keeps for a stream that says nothing: a fresh one each time, since memory rarely comes back."""
    with run.bench.mock() as mock:
        for number in range(run.plan.rounds):
            run.say(f"quiet streams: round {number + 1} of {run.plan.rounds}")
            for name in GATEWAYS:
                with run.bench.gateway(name, mock) as gateway, contextlib.ExitStack() as streams:
                    before = machine.resident_bytes(gateway.pid)
                    for _ in range(QUIET_STREAMS):
                        streams.enter_context(quiet_stream(gateway))
                    grown = machine.resident_bytes(gateway.pid) - before
                    run.add("quiet_memory", name, grown / QUIET_STREAMS / 1024)


def quiet_stream(target):
    """A stream of which the first event has come."""
    body = targets.chat_body("bench-quiet", stream=True, filling="x" * 900)
    stream = socket.create_connection(("127.0.0.1", target.port), timeout=10)
    stream.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.example\r\n"
                   f"Authorization: Bearer {targets.KEYS[0]}\r\nContent-Type: application/json\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = b""
    while b'"finish_reason":null}]}\n\n' not in answer:
        came = stream.recv(4096)
        answer += came
        if not came or not answer.startswith(b"HTTP/1.1 200 "[:len(answer)]):
            raise machine.Failure(f"{target.name}: a quiet stream was answered with {answer[:200]!r}")
    return stream


def large_bodies(run):
    """Whether the memory for large bodies is given back."""
    with run.everything() as (mock, *gateways), contextlib.ExitStack() as kept:
        before = {}
        for gateway in gateways:
            run.load(gateway, mock, "closed", connections=CONNECTIONS)
            before[gateway.name] = machine.resident_bytes(gateway.pid)
            run.say(f"large bodies: {BODIES} of {targets.BODY_LIMIT_MIB} MiB through {gateway.name}")
            send_large_bodies(gateway, kept)
        run.say(f"large bodies: {run.plan.rest:.0f} seconds of rest")
        time.sleep(run.plan.rest)
        for gateway in gateways:
            after = machine.resident_bytes(gateway.pid)
            run.add("bodies_before", gateway.name, before[gateway.name] / MIB)
            run.add("bodies_after", gateway.name, after / MIB)
            run.add("bodies_growth", gateway.name, after / before[gateway.name])


def send_large_bodies(gateway, kept):
    """Over some connections at once, which stay open: memory that is bound to them counts."""
    size = targets.BODY_LIMIT_MIB * MIB
    body = targets.chat_body("bench-whole", filling="x" * (size - len(targets.chat_body("bench-whole"))))
    connections = [kept.enter_context(contextlib.closing(targets.connection(gateway.port, 120)))
                   for _ in range(BODIES_AT_ONCE)]

    def send(connection):
        for _ in range(BODIES // BODIES_AT_ONCE):
            connection.request("POST", "/v1/chat/completions", body, {
                "Authorization": f"Bearer {targets.KEYS[0]}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200 or len(answer.read()) != 600:
                raise machine.Failure(f"{gateway.name}: a body of {size} bytes was answered with {answer.status}")

    with concurrent.futures.ThreadPoolExecutor(BODIES_AT_ONCE) as pool:
        list(pool.map(send, connections))


def request_scan(run):
    """The scan of a large body for its model, which stands last."""
    for number in range(run.plan.rounds):
        run.say(f"request scan: round {number + 1} of {run.plan.rounds}")
        with machine.process([run.bench.program("request_scan")], run.bench.cores.gateway,
                             stdout=subprocess.PIPE, text=True) as scan:
            run.add("scan", "pointsman", float(scan.stdout.read()))


def instructions(run):
    """Instructions of a request in user space. What the start and the end cost is in both runs, so it cancels out."""
    fewer, more = run.plan.counted, 2 * run.plan.counted
    with run.bench.mock() as mock:
        counted = [count_instructions(run, mock, requests) for requests in (fewer, more)]
    before, after = (int(re.search(r"^totals: (\d+)", each.read_text(), re.MULTILINE)[1]) for each in counted)
    run.add("instructions", "pointsman", (after - before) / (more - fewer))
    text = ""
    for title, inclusive in (("by themselves", "no"), ("with what they call", "yes")):
        before, after = (functions(each, inclusive) for each in counted)
        grown = {name: (count - before.get(name, 0)) / (more - fewer) for name, count in after.items()}
        text += f"Instructions per request, the functions {title}:\n" + "".join(
            f"{count:8.0f}  {name}\n" for name, count in sorted(grown.items(), key=lambda each: -each[1])[:60]) + "\n"
    (run.bench.results / "functions.txt").write_text(text)


def count_instructions(run, mock, requests):
    run.say(f"instructions: {requests} requests under callgrind")
    output = run.bench.directory / f"callgrind.{requests}"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
    with run.bench.gateway("pointsman", mock, command) as gateway:
        run.load(gateway, mock, "closed", connections=1, requests=requests, seconds=300, **{"warm-up": 0})
    return output


def functions(counted, inclusive):
    """The instructions of each function; those of functions without a name are their library's."""
    listed = subprocess.run(["callgrind_annotate", f"--inclusive={inclusive}", "--threshold=100", str(counted)],
                            capture_output=True, text=True, check=False).stdout
    found = collections.Counter()
    line = re.compile(r"^ *([\d,]+) \([ \d.]+%\)\s+\S*?:(.*?)(?: \[(\S*)\])?$", re.MULTILINE)
    for count, function, library in line.findall(listed):
        nameless = function.startswith("0x")
        if nameless and inclusive == "yes":
            continue  # one calls the other, so their sum would say nothing
        name = f"(in {pathlib.Path(library).name})" if nameless else function[:160]
        found[name] += int(count.replace(",", ""))
    return found


MEASURES = {"whole": whole_answers, "calm": calm_requests, "probed": probed_requests, "paced": paced_streams, "rapid": rapid_streams,
            "quiet": quiet_streams, "bodies": large_bodies, "scan": request_scan, "instructions": instructions}
