"""Many phones at once on a bad signal: do they all finish, what do they cost, and does anybody else wait?"""

import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe

from bench.http import Connection
from bench.servers import Server

PIECE = os.urandom(4096)
EVERY_SECONDS = 0.25
SECONDS = 20.0
_PIECES = int(SECONDS / EVERY_SECONDS)
_LENGTH = _PIECES * len(PIECE)
_PROBE_EVERY_SECONDS = 0.01


@dataclass(frozen=True)
class Crowd:
    """How many finished; the server's memory at its peak in MB; HEAD's 99th percentile in ms; CPU time."""

    finished: int
    resident_mb: float
    head_p99_ms: float
    cpu_seconds: float


def send_as_a_crowd(server: Server, phones: int) -> Crowd:
    """Let `phones` clients each send 4 KiB every 250 ms for 20 s, while one more asks for an offset."""
    with Connection(server.port) as first:
        paths = [first.create(_LENGTH) for _ in range(phones)]
        idle = first.create(_LENGTH)
    lines = [Connection(server.port) for _ in paths]
    cpu = server.cpu_seconds()
    for line, path in zip(lines, paths, strict=True):
        line.begin_patch(path, 0, _LENGTH)
    ours, theirs = multiprocessing.Pipe()
    prober = multiprocessing.get_context("fork").Process(target=_probe, args=(server.port, idle, theirs))
    prober.start()
    peak = _send_slowly(lines, server)
    ours.send(None)
    head_p99 = ours.recv()
    prober.join()
    # The last pieces come when nobody asks any more: that all phones end at once is the bench's own doing.
    for line in lines:
        line.send(PIECE)
    finished = sum(line.answer().status == 204 for line in lines)
    spent = server.cpu_seconds() - cpu
    for line in lines:
        line.close()
    server.forget()
    return Crowd(finished, peak / 1e6, head_p99 * 1000, spent)


def _send_slowly(lines: Sequence[Connection], server: Server) -> int:
    """Send all pieces but one, each phone at a moment of its own; return the server's memory at its peak."""
    peak, began = 0, time.monotonic()
    step = EVERY_SECONDS / len(lines)
    for piece in range(_PIECES - 1):
        for number, line in enumerate(lines):
            due = began + piece * EVERY_SECONDS + number * step
            if (early := due - time.monotonic()) > 0:
                time.sleep(early)
            line.send(PIECE)
        peak = max(peak, server.resident_bytes())
    return peak


def _probe(port: int, path: str, pipe: Pipe) -> None:
    """Ask for one upload's offset until told to stop; answer the 99th percentile in seconds."""
    took = []
    with Connection(port) as line:
        while not pipe.poll(_PROBE_EVERY_SECONDS):
            began = time.perf_counter()
            assert line.ask("HEAD", path).status == 200
            took.append(time.perf_counter() - began)
    took.sort()
    pipe.send(took[int(len(took) * 0.99)])
