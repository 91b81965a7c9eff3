"""Whether what the store acknowledged is on a disk: only asked of a store that does not promise it itself."""

import ctypes
import os
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


def settle(directory: Path) -> None:
    """Carry all that was written on the file system of `directory` to its disk; raises OSError on failure.

    syncfs(2), which since Linux 5.8 also reports errors of earlier writes. A store that acknowledges from the
    page cache (the embedded one) has kept a PUT through a power cut once this returned after it.
    """
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(directory))
    finally:
        os.close(fd)
