"""The bucket that the hosts share: the logs of uploads, and two lists by which they are found.

| key | what it is |
|---|---|
| `log/<upload>/<number>`, `log/<upload>/received` | the upload's log (`record`) |
| `held/<upload>` | that the bucket has bytes of it, or may have |
| `done/<day>/<upload>` | that its bytes went on that day; the rest of its log follows |

S3 writes an object with `If-None-Match: *` for one of many who try at once, and lists what was written before
(docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html, Welcome.html#ConsistencyModel).
All of it blocks: for threads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from evidence.errors import Unavailable
from evidence.settings import StoreSettings
from evidence.spread.record import HEAD_BYTES, RECEIVED, Listed, Piece, Record, name_of
from evidence.storage.client import s3_client
from evidence.storage.store import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_PIECE = 1024 * 1024
# A phone waits at the other end, and asks again by itself.
_READ_SECONDS = 20
_MOST_AT_ONCE = 1000
# Somebody else is writing the same key just now; 412 is that somebody has.
_TAKEN = (409, 412)


@dataclass(frozen=True)
class Shelf:
    """One bucket; every method raises `Unavailable` where the store is away."""

    client: "S3Client"
    bucket: str

    @classmethod
    def connect(cls, settings: StoreSettings, bucket: str) -> "Shelf":
        """Make a client; nothing is asked of the store yet."""
        return cls(s3_client(settings, read_seconds=_READ_SECONDS, attempts=2), bucket)

    def read(self, upload_id: UUID) -> Record | None:
        """Read an upload's log; None where there is none."""
        prefix = f"log/{upload_id}/"
        return Record.read(
            Listed(found["Key"].removeprefix(prefix), found["Size"], found["LastModified"].astimezone(UTC))
            for found in self._list(prefix)
        )

    def append(self, upload_id: UUID, number: int, entry: bytes) -> bool:
        """Write an entry of the log; False where there is one of that number already."""
        try:
            self.client.put_object(
                Bucket=self.bucket, Key=_entry(upload_id, number), Body=entry, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in _TAKEN:
                return False
            raise translated(error) from error
        except BotoCoreError as error:
            raise translated(error) from error
        return True

    def entry(self, upload_id: UUID, number: int) -> bytes:
        """Return a whole small entry; raises `NotFound`."""
        return b"".join(self._open(_entry(upload_id, number)))

    def bytes_of(self, upload_id: UUID, piece: Piece, begin: int = 0) -> Iterator[bytes]:
        """Yield a piece's bytes, without the first `begin`; raises `NotFound` where it went meanwhile."""
        return self._open(_entry(upload_id, piece.number), Range=f"bytes={HEAD_BYTES + begin}-")

    def hold(self, upload_id: UUID) -> None:
        """Put an upload on the list of those that have bytes here."""
        self._put(f"held/{upload_id}")

    def held(self) -> Iterator[UUID]:
        """Name every upload that has bytes here, or may have."""
        for found in self._list("held/"):
            yield UUID(found["Key"].removeprefix("held/"))

    def mark_received(self, upload_id: UUID) -> None:
        """Note that the database has the media."""
        self._put(f"log/{upload_id}/{RECEIVED}")

    def let_go(self, upload_id: UUID) -> None:
        """Remove the bytes of a received upload; its other entries stay. Safe to repeat."""
        record = self.read(upload_id)
        if record is not None:
            self.mark_received(upload_id)
            self._put(f"done/{datetime.now(UTC).date()}/{upload_id}")
            self._delete([_entry(upload_id, piece.number) for piece in record.pieces])
        self._delete([f"held/{upload_id}"])

    def forget(self, upload_id: UUID) -> None:
        """Remove everything of an upload; safe to repeat."""
        keys = [found["Key"] for found in self._list(f"log/{upload_id}/")]
        self._delete([*keys, f"held/{upload_id}"])

    def forget_done_before(self, day: date) -> int:
        """Forget the uploads whose bytes went before a day, and say how many that were."""
        forgotten = 0
        for group in self._groups("done/"):
            if date.fromisoformat(group) < day:
                for found in list(self._list(f"done/{group}/")):
                    self.forget(UUID(found["Key"].rpartition("/")[2]))
                    self._delete([found["Key"]])
                    forgotten += 1
        return forgotten

    def _put(self, key: str) -> None:
        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=b"")
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error

    def _open(self, key: str, **part: Any) -> Iterator[bytes]:
        try:
            body = self.client.get_object(Bucket=self.bucket, Key=key, **part)["Body"]
            try:
                yield from body.iter_chunks(_PIECE)
            finally:
                body.close()
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error

    def _list(self, prefix: str) -> Iterator[Any]:
        for page in self._pages(Prefix=prefix):
            yield from page.get("Contents", [])

    def _groups(self, prefix: str) -> list[str]:
        return [
            group["Prefix"].removeprefix(prefix).rstrip("/")
            for page in self._pages(Prefix=prefix, Delimiter="/")
            for group in page.get("CommonPrefixes", [])
        ]

    def _pages(self, **asked: Any) -> Iterator[Any]:
        try:
            yield from self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **asked)
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error

    def _delete(self, keys: list[str]) -> None:
        try:
            for first in range(0, len(keys), _MOST_AT_ONCE):
                some: list[ObjectIdentifierTypeDef] = [
                    {"Key": key} for key in keys[first : first + _MOST_AT_ONCE]
                ]
                answer = self.client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": some, "Quiet": True}
                )
                if answer.get("Errors"):
                    raise Unavailable("The object store did not remove all that it was asked to.")
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error


def _entry(upload_id: UUID, number: int) -> str:
    return f"log/{upload_id}/{name_of(number)}"
