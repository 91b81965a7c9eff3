"""What is known of an upload from its first moment on, written once and never changed."""

import base64
import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nacl.secret import SecretBox

from evidence.spool.generation import COUNTER_BYTES, NOBODYS
from evidence.spool.layout import Files, opened
from evidence.spool.secret import UploadSecret


@dataclass(frozen=True)
class Upload:
    """An upload as it was created.

    `length` is in bytes, None while it is deferred. An upload expires `lifetime` after its last byte.
    Of a `live` one whatever came counts, and never expires: it is a media as far as it reaches.
    `sealed_name` is for the agency's key alone; `sealed_metadata` and `sealed_concat` for whoever holds
    the URL. A `partial` one never becomes a media by itself; one with `parts` is those partial ones joined.
    """

    id: UUID
    length: int | None
    created_at: datetime
    lifetime: timedelta
    sealed_name: bytes
    sealed_metadata: bytes
    sealed_concat: bytes
    partial: bool
    parts: tuple[UUID, ...]
    live: bool = False

    @classmethod
    def new(
        cls,
        secret: UploadSecret,
        *,
        length: int | None,
        lifetime: timedelta,
        sealed_name: bytes,
        metadata: str,
        concat: str = "",
        parts: tuple[UUID, ...] = (),
        live: bool = False,
    ) -> "Upload":
        """Describe a new upload; `metadata` and `concat` are the client's headers, kept encrypted."""
        box = SecretBox(secret.metadata_key)
        return cls(
            id=secret.upload_id,
            length=length,
            created_at=datetime.now(UTC),
            lifetime=lifetime,
            sealed_name=sealed_name,
            sealed_metadata=box.encrypt(metadata.encode()),
            sealed_concat=box.encrypt(concat.encode()),
            partial=bool(concat) and not parts,
            parts=parts,
            live=live,
        )

    def metadata(self, secret: UploadSecret) -> str:
        """Return the client's `Upload-Metadata`, as it was sent."""
        return SecretBox(secret.metadata_key).decrypt(self.sealed_metadata).decode()

    def concat(self, secret: UploadSecret) -> str:
        """Return the client's `Upload-Concat`, as it was sent; empty for an ordinary upload."""
        return SecretBox(secret.metadata_key).decrypt(self.sealed_concat).decode()


class CutShort(Exception):
    """A sidecar of which a power cut left the name, and not the content: nobody was told of it."""


def encode(upload: Upload) -> bytes:
    """Write an upload down: the counter of its generations, then JSON."""
    return (
        NOBODYS
        + json.dumps(
            {
                "length": upload.length,
                "created_at": upload.created_at.isoformat(),
                "lifetime_seconds": round(upload.lifetime.total_seconds()),
                "sealed_name": base64.b64encode(upload.sealed_name).decode(),
                "sealed_metadata": base64.b64encode(upload.sealed_metadata).decode(),
                "sealed_concat": base64.b64encode(upload.sealed_concat).decode(),
                "partial": upload.partial,
                "parts": [str(part) for part in upload.parts],
                "live": upload.live,
            }
        ).encode()
    )


def decode(upload_id: UUID, text: bytes) -> Upload:
    """Read what `encode` wrote; raises `CutShort` where that is not all there."""
    try:
        fields = json.loads(text[COUNTER_BYTES:])
    except ValueError:
        raise CutShort from None
    return Upload(
        id=upload_id,
        length=fields["length"],
        created_at=datetime.fromisoformat(fields["created_at"]),
        lifetime=timedelta(seconds=fields["lifetime_seconds"]),
        sealed_name=base64.b64decode(fields["sealed_name"]),
        sealed_metadata=base64.b64decode(fields["sealed_metadata"]),
        sealed_concat=base64.b64decode(fields["sealed_concat"]),
        partial=fields["partial"],
        parts=tuple(UUID(part) for part in fields["parts"]),
        # Those of a version before broadcasts do not say.
        live=fields.get("live", False),
    )


def remove_cut_short(files: Files) -> bool:
    """Remove an upload's sidecar where it is cut short, and say so; nobody else's, made since, is touched."""
    try:
        with opened(files.sidecar) as remains:
            if not _cut_short(files.upload_id, remains):
                return False
            # Of two who find the same remains, the second must not take what the first made in their place.
            fcntl.flock(remains, fcntl.LOCK_EX)
            same = os.path.samestat(os.fstat(remains), files.sidecar.stat())
            if same:
                files.sidecar.unlink()
            return same
    except FileNotFoundError:
        return False


def _cut_short(upload_id: UUID, sidecar: int) -> bool:
    try:
        decode(upload_id, os.pread(sidecar, os.fstat(sidecar).st_size, 0))
    except CutShort:
        return True
    return False
