"""What can stand in the way of a byte that wants into the spool."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from evidence.errors import EvidenceError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Busy(EvidenceError):
    """Another process is in the middle of a step of the same upload."""

    status = 423
    default_code = "upload_busy"

    def __init__(self) -> None:
        super().__init__("This upload is being worked on; ask again in a moment.")


class Superseded(EvidenceError):
    """A newer request took the upload over; the older one must not write another byte."""

    status = 423
    default_code = "upload_taken_over"

    def __init__(self) -> None:
        super().__init__("A newer request has taken this upload over; ask for the offset and go on there.")


class DiskFull(EvidenceError):
    """The spool's disk has no room; what was acknowledged stays."""

    status = 507
    default_code = "disk_full"

    def __init__(self) -> None:
        super().__init__("There is no room for more just now. What arrived is safe; try again later.")


@contextmanager
def room_needed() -> Iterator[None]:
    """Raise `DiskFull` where the operating system says that there is no room."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull from error
        raise
