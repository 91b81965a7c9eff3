"""What this system asks of S3: write once, read ranges, and believe only checksums.

Originals and checkpoints are written under Object Lock with `If-None-Match: *`, so that nothing is ever
overwritten; every write carries a SHA-256 that the store itself verifies.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from evidence.errors import Conflict, NotFound, Unavailable
from evidence.settings import StoreSettings
from evidence.storage.client import s3_client
from evidence.storage.original import Original, checksum_text, put_in_parts
from evidence.storage.stored import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PIECE = 1024 * 1024
_SINGLE_PUT_LIMIT = 5 * 1000**3
"""S3 takes at most 5 GiB in one PUT."""
_CHECKPOINT_DAYS = 3650


@dataclass(frozen=True)
class Store:
    """A client of the three buckets; safe to share between threads."""

    client: "S3Client"
    originals: str
    derivatives: str
    checkpoints: str

    @classmethod
    def connect(cls, settings: StoreSettings) -> Self:
        """Make a client; nothing is asked of the store yet."""
        client = s3_client(settings)
        return cls(client, settings.originals, settings.derivatives, settings.checkpoints)

    def put_original(self, key: str, original: Original) -> StoredObject:
        """Write a file into the originals bucket under Object Lock; the store verifies its SHA-256.

        Safe to run twice: where the key exists already, its bytes are read back and must be the same.
        Raises `Conflict` (`another_original`) where they are not, or where the store computes another hash
        (`bytes_differ`), `Unavailable` where the store is away.
        """
        try:
            if original.size > _SINGLE_PUT_LIMIT:
                version = put_in_parts(self.client, self.originals, key, original)
            else:
                version = self._put_whole(key, original)
        except ClientError as error:
            if not _is(error, "PreconditionFailed"):
                raise translated(error) from error
            return self._same_original(key, original)
        except BotoCoreError as error:
            raise translated(error) from error
        return StoredObject(self.originals, key, version)

    def _put_whole(self, key: str, original: Original) -> str | None:
        with original.path.open("rb") as body:
            answer = self.client.put_object(
                Bucket=self.originals, Key=key, Body=body, ContentLength=original.size, IfNoneMatch="*",
                ChecksumSHA256=checksum_text(original.sha256), ContentType="application/octet-stream",
                ObjectLockMode=original.mode, ObjectLockRetainUntilDate=original.retain_until,
            )  # fmt: skip
        return answer.get("VersionId")

    def _same_original(self, key: str, original: Original) -> StoredObject:
        version = self.head(self.originals, key).get("VersionId")
        if self.sha256_of(self.originals, key, version) != original.sha256:
            raise Conflict("The store holds other bytes under this original's key.", code="another_original")
        return StoredObject(self.originals, key, version)

    def put_derivative(self, key: str, path: Path, sha256: bytes, mime: str) -> StoredObject:
        """Write a derivative; its key names its recipe, input and bytes, so writing it twice is harmless."""
        try:
            with path.open("rb") as body:
                answer = self.client.put_object(
                    Bucket=self.derivatives, Key=key, Body=body, ContentType=mime,
                    ChecksumSHA256=checksum_text(sha256),
                )  # fmt: skip
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error
        return StoredObject(self.derivatives, key, answer.get("VersionId"))

    def remove_derivative(self, key: str, version: str | None) -> None:
        """Remove a derivative; one that is not there any more is no error. Raises `Unavailable`."""
        try:
            self.client.delete_object(Bucket=self.derivatives, Key=key, **_at(version))
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error

    def put_checkpoint(self, key: str, body: bytes) -> None:
        """Write a small object into the locked bucket; one that is there already is left as it is."""
        try:
            self.client.put_object(
                Bucket=self.checkpoints, Key=key, Body=body, IfNoneMatch="*",
                ChecksumSHA256=checksum_text(hashlib.sha256(body).digest()), ContentType="application/json",
                ObjectLockMode="GOVERNANCE",
                ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=_CHECKPOINT_DAYS),
            )  # fmt: skip
        except ClientError as error:
            if not _is(error, "PreconditionFailed"):
                raise translated(error) from error
        except BotoCoreError as error:
            raise translated(error) from error

    def checkpoint_objects(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects of the locked bucket by key, each in the version that was written first.

        A later version cannot be a checkpoint of ours, since ours are written only where none is; and a
        delete marker hides none. Raises `Unavailable`.
        """
        pages = self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.checkpoints, Prefix=prefix
        )
        try:
            versions = (found for page in pages for found in page.get("Versions", []))
            for key, of_key in groupby(versions, key=lambda found: found["Key"]):
                # S3 lists versions newest first; times alone cannot tell apart two of one second.
                first = min(reversed(list(of_key)), key=lambda found: found["LastModified"])
                yield StoredObject(self.checkpoints, key, first["VersionId"])
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error

    def extend_lock(self, key: str, version: str | None, until: datetime) -> datetime:
        """Lock an original for longer, and return until when it is; one locked for longer stays as it is.

        The store itself lets nobody shorten a lock who does not hold the right to pass one by. Raises
        `NotFound` (`object_missing`), `Unavailable`.
        """
        place: dict[str, Any] = {"Bucket": self.originals, "Key": key, **_at(version)}
        try:
            held = self.client.get_object_retention(**place)["Retention"]
            if held["RetainUntilDate"] >= until:
                return held["RetainUntilDate"]
            self.client.put_object_retention(
                **place, Retention={"Mode": held["Mode"], "RetainUntilDate": until}
            )
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error
        return until

    def head(self, bucket: str, key: str, version: str | None = None) -> dict[str, Any]:
        """Return S3's description of an object (ContentLength in bytes, VersionId, ObjectLockMode, ...).

        Raises `NotFound` (`object_missing`) or `Unavailable` (`store_away`).
        """
        try:
            return dict(self.client.head_object(Bucket=bucket, Key=key, **_at(version)))
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error

    def open_range(
        self, bucket: str, key: str, start: int = 0, end: int | None = None, version: str | None = None
    ) -> Iterator[bytes]:
        """Yield an object's bytes from `start` to `end`, both inclusive as in RFC 9110, in pieces.

        Raises `NotFound` (`object_missing`) or `Unavailable` (`store_away`) before the first piece.
        """
        wanted: dict[str, Any] = _at(version)
        if start or end is not None:
            wanted["Range"] = f"bytes={start}-{'' if end is None else end}"
        try:
            body = self.client.get_object(Bucket=bucket, Key=key, **wanted)["Body"]
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error
        return _pieces(body)

    def sha256_of(self, bucket: str, key: str, version: str | None = None) -> bytes:
        """Read every byte of an object back and return their SHA-256."""
        digest = hashlib.sha256()
        for piece in self.open_range(bucket, key, version=version):
            digest.update(piece)
        return digest.digest()


def _pieces(body: Any) -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(_PIECE)
    except BotoCoreError as error:
        raise translated(error) from error
    finally:
        body.close()


def _at(version: str | None) -> dict[str, Any]:
    return {"VersionId": version} if version else {}


def _is(error: ClientError, code: str) -> bool:
    return error.response.get("Error", {}).get("Code") == code


def translated(error: ClientError | BotoCoreError) -> NotFound | Conflict | Unavailable:
    """Return what the kernel raises for what the client did."""
    if isinstance(error, ClientError):
        if _is(error, "BadDigest"):
            return Conflict("The bytes that reached the store have another SHA-256.", code="bytes_differ")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            return NotFound("The object store does not hold this object.", code="object_missing")
    return Unavailable(
        "The object store is away or refuses; the same request will work later.", code="store_away"
    )
