"""How an upload stands, and in whose hands it is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.errors import Gone, NotFound
from evidence.spool.layout import Files
from evidence.spool.sidecar import CutShort, Upload, decode


@dataclass(frozen=True)
class Standing:
    """An upload as the disk has it now.

    `length` is None while deferred. `received` means that the database has the media: then `offset`
    equals `length`, and the bytes may be gone to the object store already. Of what is `damaged` the disk
    may have lost bytes: it can only expire.
    """

    upload: Upload
    offset: int
    length: int | None
    expires_at: datetime
    received: bool
    damaged: bool = False

    @classmethod
    def read(cls, files: Files, upload: Upload | None = None) -> "Standing":
        """Read how an upload stands; raises `NotFound`. Its sidecar is not read where `upload` is known."""
        upload = upload or _read_sidecar(files)
        length = upload.length if upload.length is not None else declared_length(files)
        try:
            received, touched, size = _progress(files)
        except FileNotFoundError:  # removed a moment ago, sidecar first
            raise _not_found() from None
        return cls(
            upload=upload,
            offset=(length or 0) if received else size,
            length=length,
            expires_at=datetime.fromtimestamp(touched, UTC) + upload.lifetime,
            received=received,
            damaged=not received and files.damaged.exists(),
        )

    def alive(self) -> "Standing":
        """Return this, where it can still be gone on with or has arrived; else raises `Gone`."""
        if self.damaged:
            raise Gone("Our disk failed this upload; please send it again.", code="upload_damaged")
        if not self.received and self.expires_at <= datetime.now(UTC):
            raise Gone("This upload was left alone for too long and has expired.", code="upload_expired")
        return self

    @property
    def complete(self) -> bool:
        """Whether every byte is here."""
        return self.offset == self.length

    @property
    def ripe(self) -> bool:
        """Whether it has to become a media now: complete and undamaged, no mere part, not received yet."""
        return self.complete and not (self.upload.partial or self.received or self.damaged)


@dataclass(frozen=True)
class Taken:
    """An upload in the hands of one request, until a newer one takes it: nobody else moves the offset."""

    standing: Standing
    generation: int


def declared_length(files: Files) -> int | None:
    """Return the length that was declared later, None where it was not."""
    try:
        return int(files.length.read_bytes())
    except FileNotFoundError:
        return None


def _read_sidecar(files: Files) -> Upload:
    try:
        return decode(files.upload_id, files.sidecar.read_bytes())
    except (FileNotFoundError, CutShort):
        raise _not_found() from None


def _progress(files: Files) -> tuple[bool, float, int]:
    """Whether it is received, when its last byte came, and its size."""
    received = files.received.exists()
    try:
        status = files.bytes.stat()
        return received, status.st_mtime, status.st_size
    except FileNotFoundError:
        # The worker marks an upload before it lets the bytes go: a look may have come in between.
        received = files.received.exists()
        return received, (files.received if received else files.sidecar).stat().st_mtime, 0


def _not_found() -> NotFound:
    return NotFound("There is no such upload.", code="unknown_upload")
