"""Who may write: the newest request, also across processes.

A request takes an upload by raising a counter under a file lock; a writer compares the counter with its
own number under the same lock before every piece. The lock is held for the few microseconds of one step,
never while a body is awaited: a phone that lost its signal cannot find its own dead connection in the way.

The counter is 16 hexadecimal digits at the beginning of the sidecar: a file of its own would take as long to
make as a sync. It need not outlive a power cut, since no writer outlives one either.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.spool.trouble import Busy, Superseded

COUNTER_BYTES = 16
NOBODYS = b"0" * COUNTER_BYTES
# A step takes microseconds. Whoever holds the lock longer is stopped or stuck: say so, do not hang.
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.001


def open_counter(sidecar: Path) -> int:
    """Open the counter and return its descriptor; raises `FileNotFoundError` once the upload has ended."""
    return os.open(sidecar, os.O_RDWR | os.O_CLOEXEC)


def read(counter: int) -> int:
    """Return the generation in force."""
    return int(os.pread(counter, COUNTER_BYTES, 0), 16)


def raise_by_one(counter: int) -> int:
    """Start a new generation and return its number; the caller holds the lock."""
    mine = read(counter) + 1
    os.pwrite(counter, f"{mine:0{COUNTER_BYTES}x}".encode(), 0)
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


@contextmanager
def step_of(sidecar: Path, mine: int) -> Iterator[None]:
    """Hold the lock for one step of generation `mine`, waiting a little for it.

    Raises `Superseded` where another is in force, or the upload has ended; or `Busy`.
    """
    try:
        counter = open_counter(sidecar)
    except FileNotFoundError:
        raise Superseded from None
    try:
        with patient_step(counter):
            if read(counter) != mine:
                raise Superseded
            yield
    finally:
        os.close(counter)
