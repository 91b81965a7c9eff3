"""How much room the spool's disk has."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Room:
    """Bytes of a file system: `free` for us (what is reserved for root is not), and its whole `size`.

    `read_only`: nothing can be written, as the kernel leaves it where a disk fails.
    `free_files` more fit there; None where the file system counts none, as btrfs.
    """

    free: int
    size: int
    free_files: int | None = None
    read_only: bool = False

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Measure the file system that a directory is on; of a local one the kernel answers from memory."""
        status = os.statvfs(directory)
        return cls(
            free=status.f_bavail * status.f_frsize,
            size=status.f_blocks * status.f_frsize,
            free_files=status.f_favail if status.f_files else None,
            read_only=bool(status.f_flag & os.ST_RDONLY),
        )
