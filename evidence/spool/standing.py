"""How an upload stands, and in whose hands it is."""

from dataclasses import dataclass
from datetime import datetime

from evidence.spool.sidecar import Upload


@dataclass(frozen=True)
class Standing:
    """An upload as the disk has it now.

    `length` is None while deferred. `received` means that the database has the media: then `offset`
    equals `length`, and the bytes may be gone to the object store already.
    """

    upload: Upload
    offset: int
    length: int | None
    expires_at: datetime
    received: bool

    @property
    def complete(self) -> bool:
        """Whether every byte is here."""
        return self.offset == self.length

    @property
    def ripe(self) -> bool:
        """Whether it has to become a media now: complete, no mere part, and not received yet."""
        return self.complete and not self.upload.partial and not self.received


@dataclass(frozen=True)
class Taken:
    """An upload in the hands of one request, until a newer one takes it: nobody else moves the offset."""

    standing: Standing
    generation: int
