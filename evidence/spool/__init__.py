"""Bytes on their way in: one file per upload, whose size is the upload's offset.

Everything here survives kill -9 by construction: there is no state but the files (`layout`), and
each of them is either written once or only grows. The public door writes; the worker reads the
bytes, checks their leaves, and lets them go once the object store has them.
"""

from evidence.spool.chunk import Chunk
from evidence.spool.leaves import LEAF_BYTES, Examined
from evidence.spool.secret import UploadSecret
from evidence.spool.sidecar import Upload
from evidence.spool.spool import Spool
from evidence.spool.standing import Standing, Taken
from evidence.spool.trouble import Busy, DiskFull, Superseded
from evidence.spool.writer import Writer

__all__ = [
    "LEAF_BYTES",
    "Busy",
    "Chunk",
    "DiskFull",
    "Examined",
    "Spool",
    "Standing",
    "Superseded",
    "Taken",
    "Upload",
    "UploadSecret",
    "Writer",
]
