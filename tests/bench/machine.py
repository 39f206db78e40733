"""What the benchmark needs of the machine: cores, ports, processes that end with us, what the kernel says of them."""

import contextlib
import ctypes
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

DESCRIPTORS = 20_000
PR_SET_PDEATHSIG = 1
PRIORITY = -15  # above whatever else runs here, such as a compiler
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """Nothing can be measured; the text says why and what to do."""


class Cores:
    """One core for the gateway that is measured, one for everything around it."""

    def __init__(self):
        allowed = sorted(os.sched_getaffinity(0))
        self.gateway, self.load = allowed[0], allowed[-1]
        self.complaints = []
        if len(allowed) < 2:
            self.complaints.append("only one core: gateway and load generator share it, so the figures say little")
        os.sched_setaffinity(0, {self.load})
        if os.geteuid() != 0:
            self.complaints.append("not run as root, so other processes have the same priority")
        if os.getloadavg()[0] > len(allowed) / 4:
            self.complaints.append("something else was running at the start: latencies above all are better measured "
                                   "when nothing is")

    def check(self, name, pid, core):
        if os.sched_getaffinity(pid) != {core}:
            self.complaints.append(f"{name} (process {pid}) is not pinned to core {core}")

    def description(self):
        return [f"the gateway has core {self.gateway}; load generator and mock upstream share core {self.load}",
                "not pinned: the kernel's own threads, interrupts, and whatever else runs here "
                f"(load average at the start: {os.getloadavg()[0]:.1f})"] + self.complaints


def raise_descriptor_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    if max(soft, wanted) < 12_000:
        raise Failure(f"5,000 streams take 10,000 descriptors in a gateway, but at most {wanted} are allowed: "
                      f"run `ulimit -Hn {DESCRIPTORS}` as root first")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def process(command, core, **options):
    """A child on one core, before others if we may. It is ended when the block ends, and by the kernel should we be
    killed. In a session of its own Ctrl-C reaches us alone, and we end it in order."""

    def prepare():
        os.sched_setaffinity(0, {core})
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.geteuid() == 0:
            os.nice(PRIORITY)
            with contextlib.suppress(OSError):  # a kernel without groups of sessions goes by the line above
                pathlib.Path("/proc/self/autogroup").write_text(str(PRIORITY))

    child = subprocess.Popen([str(word) for word in command], preexec_fn=prepare, start_new_session=True, **options)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain until {what}")
        time.sleep(0.02)
    return found


def children(pid):
    return [int(each) for each in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident_bytes(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()
