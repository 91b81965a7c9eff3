"""Bytes from one file of the spool into another, without passing through this process."""

import os

from evidence.spool.trouble import room_needed


def copy_range(source: int, start: int, target: int, at: int, count: int) -> int:
    """Copy up to `count` bytes between two descriptors and return how many.

    A file system that can share blocks copies nothing at all. Raises `DiskFull`, or `EOFError` where the
    source holds nothing at `start`.
    """
    with room_needed():
        copied = os.copy_file_range(source, target, count, start, at)
    if copied == 0:
        raise EOFError(f"nothing to copy at {start}")
    return copied
