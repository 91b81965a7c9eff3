"""The worker's own place on disk: strangers' files lie there in clear only while they are worked on."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_LOCK = "lock"


@contextmanager
def own_scratch(root: Path) -> Iterator[Path]:
    """A directory for this process alone, gone when it ends; what dead workers left is removed first."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        with _alone(root):  # a place that has no lock yet must not be taken for a dead worker's
            sweep(root)
            place = Path(tempfile.mkdtemp(dir=root))
            lock = stack.enter_context((place / _LOCK).open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        yield place


@contextmanager
def room_in(scratch: Path) -> Iterator[Path]:
    """An empty directory in this process's place, gone afterwards whatever a tool left there."""
    room = Path(tempfile.mkdtemp(dir=scratch))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sweep(root: Path) -> None:
    """Remove the places whose worker is gone: its lock went with it."""
    for place in root.iterdir():
        if not _held(place / _LOCK):
            shutil.rmtree(place, ignore_errors=True)


def _held(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
