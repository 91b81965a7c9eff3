"""Opening a copy to prove it: whatever cannot be read is not clean."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workers.strip.boxes import Box, BoxError
from workers.strip.unclean import UncleanError


@contextmanager
def whole(path: Path) -> Iterator[tuple[BinaryIO, Box]]:
    """The file and, as a box without a name, all of it. Turns what is broken into `UncleanError`."""
    with path.open("rb") as file:
        try:
            yield file, Box("", 0, path.stat().st_size)
        except (BoxError, struct.error, IndexError) as broken:
            raise UncleanError(f"the copy cannot be read: {broken}") from broken
