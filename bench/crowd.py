"""Many phones at once on a bad signal: do they all finish, what do they cost, and does anybody else wait?"""

import multiprocessing
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http import HTTPStatus
from multiprocessing.connection import Connection as Pipe

from bench.http import Connection
from bench.servers import Server

PIECE = os.urandom(4096)
EVERY_SECONDS = 0.25
SECONDS = 20.0
_PROBE_EVERY_SECONDS = 0.01


@dataclass(frozen=True)
class Crowd:
    """How many finished; the server's memory at its peak in MB; HEAD's 99th percentile in ms; CPU time.

    Memory and CPU time are the server process's own. Postgres, which only ours has, is not in them.
    """

    finished: int
    resident_mb: float
    head_p99_ms: float
    cpu_seconds: float


def send_as_a_crowd(server: Server, phones: int, seconds: float = SECONDS) -> Crowd:
    """Let `phones` clients each send 4 KiB every 250 ms for so long, while one more asks for an offset."""
    pieces = int(seconds / EVERY_SECONDS)
    length = pieces * len(PIECE)
    with Connection(server.port) as first:
        paths = [first.create(length) for _ in range(phones)]
        idle = first.create(length)
    with ExitStack() as held:
        lines = [held.enter_context(Connection(server.port)) for _ in paths]
        cpu = server.cpu_seconds()
        for line, path in zip(lines, paths, strict=True):
            line.begin_patch(path, 0, length)
        ours, theirs = multiprocessing.Pipe()
        fork = multiprocessing.get_context("fork")
        prober = fork.Process(target=_probe, args=(server.port, idle, theirs), daemon=True)
        prober.start()
        theirs.close()  # so that its end is heard, should it fail
        peak = _send_slowly(lines, pieces - 1, server)
        ours.send(None)
        head_p99 = ours.recv()
        prober.join()
        # The last pieces come when nobody asks any more: that all end at once is the bench's own doing.
        for line in lines:
            _send_piece(line)
        finished = sum(_is_taken(line) for line in lines)
        spent = server.cpu_seconds() - cpu
    server.forget()
    return Crowd(finished, peak / 1e6, head_p99 * 1000, spent)


def _send_slowly(lines: Sequence[Connection], pieces: int, server: Server) -> int:
    """Send so many pieces, each phone at a moment of its own; return the server's memory at its peak."""
    peak, began = 0, time.monotonic()
    step = EVERY_SECONDS / len(lines)
    for piece in range(pieces):
        for number, line in enumerate(lines):
            due = began + piece * EVERY_SECONDS + number * step
            if (early := due - time.monotonic()) > 0:
                time.sleep(early)
            _send_piece(line)
        peak = max(peak, server.resident_bytes())
    return peak


def _send_piece(line: Connection) -> None:
    # A phone that was cut off has not finished; the others go on.
    with suppress(OSError):
        line.send(PIECE)


def _is_taken(line: Connection) -> bool:
    try:
        return line.answer().status == HTTPStatus.NO_CONTENT
    except OSError:
        return False


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
