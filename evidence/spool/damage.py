"""Bytes that a disk took and did not keep.

Where a sync fails, the kernel may drop the pages that it could not write, and tells so once: the next sync of
the same file succeeds, without them. So the upload is marked first; from then on nobody is told an offset
of it, nothing of it becomes a media, and its sender, who still has the clip, sends it anew.
"""

import os
from contextlib import suppress

from prometheus_client import Histogram

from evidence.spool.layout import Files, make_file
from evidence.spool.trouble import room_needed

# In no registry: whichever process syncs for citizens who wait tells of it in its own.
SYNC_SECONDS = Histogram(
    "tipline_spool_sync_seconds",
    "Time until the disk had an upload's bytes.",
    # From a disk with a cache of its own to one about to fail; the door gives up no upload for slowness.
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=None,
)


def sync_bytes(files: Files, fd: int) -> None:
    """Put an upload's bytes on the disk; where that fails, mark it as damaged, and raise.

    `fd` is any descriptor of them. Raises `DiskFull`, or `OSError`.
    """
    try:
        with room_needed(), SYNC_SECONDS.time():
            os.fdatasync(fd)
    except Exception:
        with suppress(FileExistsError):
            make_file(files.damaged, b"")
        raise
