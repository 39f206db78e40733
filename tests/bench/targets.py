"""What is measured: the mock upstream itself, and the gateways in front of it, each with the settings of its best."""

import contextlib
import dataclasses
import functools
import http.client
import json
import os
import pathlib
import re
import subprocess

import machine

# Debian keeps servers where a user's shell does not look.
os.environ["PATH"] += os.pathsep + "/usr/sbin"

KEYS = [f"sk-bench-{number:02}" for number in range(16)]  # wire/messages.cpp chooses among them
BODY_LIMIT_MIB = 64
PROBED = 200  # endpoints of 50 models that are only probed
UNIT = pathlib.Path(__file__).parents[2] / "config/pointsman.service"


@dataclasses.dataclass
class Target:
    name: str
    port: int
    pid: int | None = None  # whose CPU time and memory count


def unit_environment():
    """What systemd gives pointsman besides, where it runs as a service."""
    return dict(re.findall(r"^Environment=(\w+)=(\S+)$", UNIT.read_text(), re.MULTILINE))


def connection(port, timeout=30):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)


def ask(port, method, path, body=None):
    """One request with a client's key: status and body."""
    asking = connection(port)
    try:
        asking.request(method, path, body, {"Authorization": f"Bearer {KEYS[0]}", "Content-Type": "application/json"})
        answer = asking.getresponse()
        return answer.status, answer.read()
    finally:
        asking.close()


def chat_body(model, stream=False, filling=""):
    return json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": filling}]},
                      separators=(",", ":")).encode()


def serves(port):
    try:
        return ask(port, "POST", "/v1/chat/completions", chat_body("bench-whole"))[0] == 200
    except OSError:
        return False


class Bench:
    """Where things are: the programs, the results, what the gateways write meanwhile; and the cores."""

    def __init__(self, build, results, cores):
        self.build, self.results, self.cores = build, results, cores
        self.directory = results / "work"
        self.directory.mkdir(parents=True, exist_ok=True)

    def program(self, name):
        path = self.build / name
        if not path.exists():
            raise machine.Failure(f"there is no {path}: run ./dev bench, which builds it")
        return path

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    @contextlib.contextmanager
    def mock(self):
        command = [self.program("mock_upstream")]
        with machine.process(command, self.cores.load, stdout=subprocess.PIPE, text=True) as child:
            yield Target("direct", int(child.stdout.readline()), child.pid)

    @contextlib.contextmanager
    def gateway(self, name, upstream, prefix=()):
        """A fresh gateway that serves. `prefix` is a command to run it with, such as valgrind."""
        port = machine.free_port()
        command = {"nginx": self._nginx, "haproxy": self._haproxy, "pointsman": self._pointsman,
                   "resting": functools.partial(self._pointsman, probe_interval="1h", more_endpoints=PROBED),
                   "probing": functools.partial(self._pointsman, probe_interval="1s", more_endpoints=PROBED),
                   }[name](port, upstream)
        environment = os.environ | (unit_environment() if name not in ("nginx", "haproxy") else {})
        log = self.directory / f"{name}.log"
        with open(log, "wb") as output:  # of pointsman with a line for each request
            started = machine.process([*prefix, *command], self.cores.gateway, stdout=output, stderr=output,
                                      env=environment)
            with started as child:
                machine.until(lambda: child.poll() is not None or serves(port), f"{name} serves (see {log})", 60)
                if child.poll() is not None:
                    raise machine.Failure(f"{name} ended at its start: see {log}")
                # nginx answers from a worker process; the others are one process.
                pid = machine.children(child.pid)[0] if name == "nginx" else child.pid
                self.cores.check(name, pid, self.cores.gateway)
                self._compare(name, port, upstream)
                yield Target(name, port, pid)

    @staticmethod
    def _compare(name, port, upstream):
        """What comes through is what the upstream sends; otherwise there is nothing to measure."""
        body = chat_body("bench-whole", filling="x" * 1000)
        direct, through = (ask(each, "POST", "/v1/chat/completions", body) for each in (upstream.port, port))
        if direct != through:
            raise machine.Failure(f"{name} answers {through}, but the upstream answers {direct}")

    def _nginx(self, port, upstream):
        temporary = "".join(f"  {kind}_temp_path {self.directory}/nginx-{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = self.write("nginx.conf", f"""\
{"user root;" if os.geteuid() == 0 else ""}
daemon off;
worker_processes 1;
worker_rlimit_nofile {machine.DESCRIPTORS};
pid {self.directory}/nginx.pid;
error_log {self.directory}/nginx.error.log error;
events {{ worker_connections 16384; use epoll; }}
http {{
{temporary}\
  access_log off;
  tcp_nodelay on;
  client_max_body_size {BODY_LIMIT_MIB + 1}m;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  upstream inference {{
    server 127.0.0.1:{upstream.port};
    keepalive 1024;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://inference;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 10m;
    }}
  }}
}}
""")
        return ["nginx", "-c", path, "-p", self.directory, "-e", self.directory / "nginx.error.log"]

    def _haproxy(self, port, upstream):
        path = self.write("haproxy.cfg", f"""\
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  option http-keep-alive
  option http-no-delay
  http-reuse always
  timeout connect 5s
  timeout http-request 1m
  timeout http-keep-alive 10m
  timeout client 10m
  timeout server 10m
frontend clients
  bind 127.0.0.1:{port} backlog 4096
  default_backend inference
backend inference
  server mock 127.0.0.1:{upstream.port}
""")
        return ["haproxy", "-db", "-f", path]

    def _pointsman(self, port, upstream, probe_interval="30s", more_endpoints=0):
        store = self.directory / "pointsman.db"
        for each in self.directory.glob("*.db*"):
            each.unlink()
        others = "".join(f'  - {{name: probed-{number}, url: "http://127.0.0.1:{upstream.port}/probed-{number}"}}\n'
                         for number in range(more_endpoints))
        # Far above what is asked for: they are to be counted, not to hold anybody back.
        limits = "{rpm: 1000000000, tpm: 1000000000000, concurrent: 100000}"
        keys = "\n".join(f"    - {{name: client-{number:02}, key: {key}, limits: {limits}}}"
                         for number, key in enumerate(KEYS))
        path = self.write("pointsman.yaml", f"""\
listen: 127.0.0.1:{port}
operations: 127.0.0.1:{machine.free_port()}
workers: 1
store: {{path: "{store}"}}
access:
  keys:
{keys}
endpoints:
  - {{name: mock, url: "http://127.0.0.1:{upstream.port}"}}
{others}\
probe: {{interval: {probe_interval}}}
""")
        return [self.program("pointsman"), "serve", "--config", path]


def version(command):
    """A program's name, and the version that it gives itself."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise machine.Failure(f"there is no {command[0]}: run ./dev bench, which installs it") from None
    return f"{command[0]} {re.search(r'[0-9]+[.][^ ,]+', said.stdout + said.stderr)[0].strip()}"
