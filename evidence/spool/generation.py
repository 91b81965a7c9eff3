"""Who may write: the newest request, also across processes.

A request takes an upload by raising a counter under a file lock; a writer compares the counter with its
own number under the same lock before every piece. The lock is held for the few microseconds of one step,
never while a body is awaited: a phone that lost its signal cannot find its own dead connection in the way.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.spool.layout import make_file
from evidence.spool.trouble import Busy

_BYTES = 8
# A step takes microseconds. Whoever holds the lock longer is stopped or stuck: say so, do not hang.
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.001


def begin(path: Path) -> None:
    """Create the counter at 0. It need not outlive a power cut: no writer outlives one either."""
    make_file(path, (0).to_bytes(_BYTES, "big"))


def open_counter(path: Path) -> int:
    """Open the counter and return its descriptor; raises `FileNotFoundError` once the upload has ended."""
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)


def read(counter: int) -> int:
    """Return the generation in force."""
    return int.from_bytes(os.pread(counter, _BYTES, 0), "big")


def raise_by_one(counter: int) -> int:
    """Start a new generation and return its number; the caller holds the lock."""
    mine = read(counter) + 1
    os.pwrite(counter, mine.to_bytes(_BYTES, "big"), 0)
    return mine


@contextmanager
def step(counter: int) -> Iterator[None]:
    """Hold the lock for one step; raises `Busy` at once where another step is under way."""
    try:
        fcntl.flock(counter, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy from None
    try:
        yield
    finally:
        fcntl.flock(counter, fcntl.LOCK_UN)


@contextmanager
def patient_step(counter: int) -> Iterator[None]:
    """Hold the lock for one step, waiting a little for it: for threads, never for the event loop."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(counter, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy from None
            time.sleep(_PAUSE_SECONDS)
    try:
        yield
    finally:
        fcntl.flock(counter, fcntl.LOCK_UN)
