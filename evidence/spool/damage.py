"""Bytes that a disk took and did not keep.

Where a sync fails, the kernel may drop the pages that it could not write, and tells so once: the next sync of
the same file succeeds, without them. So the upload is marked first; from then on nobody is told an offset
of it, nothing of it becomes a media, and its sender, who still has the clip, sends it anew.
"""

import os
from contextlib import suppress

from evidence.spool.layout import Files, make_file
from evidence.spool.trouble import room_needed


def sync_bytes(files: Files, fd: int) -> None:
    """Put an upload's bytes on the disk; where that fails, mark it as damaged, and raise.

    `fd` is any descriptor of them. Raises `DiskFull`, or `OSError`.
    """
    try:
        with room_needed():
            os.fdatasync(fd)
    except Exception:
        with suppress(FileExistsError):
            make_file(files.damaged, b"")
        raise
