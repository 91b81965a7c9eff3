"""The worker's own place on disk: strangers' files lie there in clear only while they are worked on."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"


@contextmanager
def own_scratch(root: Path) -> Iterator[Path]:
    """A directory for this process alone, gone when it ends; what dead workers left is removed first."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(root)
    place = Path(tempfile.mkdtemp(dir=root))
    with (place / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


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
