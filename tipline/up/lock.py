"""One supervisor to one data directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from evidence.errors import Conflict
from tipline.up.site import Folders


@contextmanager
def only_supervisor(folders: Folders) -> Iterator[None]:
    """Hold the directory; raises `Conflict` where another supervisor does. The kernel lets go when we die."""
    fd = os.open(folders.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Tipline runs on {folders.root} already. Stop it there, or choose another --data.",
                code="already_running",
            ) from None
        yield
    finally:
        os.close(fd)
