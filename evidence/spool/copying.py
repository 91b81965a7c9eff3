"""Bytes from one file of the spool into another, by the kernel where it can."""

import errno
import os

from evidence.spool.trouble import room_needed

# An old kernel, two file systems, or one of those that cannot (overlays, network file systems).
_UNABLE = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
_BUFFER_BYTES = 1024 * 1024


def copy_range(source: int, start: int, target: int, at: int, count: int) -> int:
    """Copy up to `count` bytes between two descriptors and return how many.

    A file system that can share blocks copies nothing at all; where the kernel cannot copy, the bytes pass
    through this process, a mebibyte at a time. Raises `DiskFull`, or `EOFError` where the source holds
    nothing at `start`.
    """
    with room_needed():
        try:
            copied = os.copy_file_range(source, target, count, start, at)
        except OSError as error:
            if error.errno not in _UNABLE:
                raise
            copied = os.pwrite(target, os.pread(source, min(count, _BUFFER_BYTES), start), at)
    if copied == 0:
        raise EOFError(f"nothing to copy at {start}")
    return copied
