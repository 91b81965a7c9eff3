"""Removing for good: every version of an object, past a governance lock, by the one identity that may.

S3 deletes a version by its id; without one it only hides the newest behind a delete marker. A lock in
governance mode lets go of a version for whoever says so and holds `s3:BypassGovernanceRetention`; one in
compliance mode for nobody (docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from evidence.errors import Conflict, Unavailable
from evidence.storage.store import Store, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


_MOST_ROUNDS = 10


def versions(store: Store, bucket: str, place: str) -> Iterator[tuple[str, str]]:
    """Yield key and version of whatever lies at `place`, delete markers too. Raises `Unavailable`.

    `place` is one key, or, with a slash at its end, everything under it.
    """
    for key, version in _listed(store, bucket, place):
        if place.endswith("/") or key == place:
            yield key, version


def _listed(store: Store, bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
    pages = store.client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    try:
        for page in pages:
            for version in page.get("Versions", []):
                yield version["Key"], version["VersionId"]
            for marker in page.get("DeleteMarkers", []):
                yield marker["Key"], marker["VersionId"]
    except (ClientError, BotoCoreError) as error:
        raise translated(error) from error


def remove_all(store: Store, bucket: str, place: str) -> int:
    """Remove every version at `place` and the parts of uploads that never ended; return how many versions.

    Returns once a listing finds nothing any more. Safe to run twice, and side by side. Raises `Conflict`
    (`still_locked`) where a lock in compliance mode holds, `Unavailable` where the store is away or where
    there is always something more.
    """
    removed = 0
    _abort_uploads(store.client, bucket, place)
    for _ in range(_MOST_ROUNDS):
        found = list(versions(store, bucket, place))
        if not found:
            return removed
        for key, version in found:
            _remove(store, bucket, key, version)
        removed += len(found)
    raise Unavailable("Somebody goes on writing what is to be deleted.", code="still_written")


def _remove(store: Store, bucket: str, key: str, version: str) -> None:
    # A bucket without versions has no locks, and says `null`.
    bypass = {"BypassGovernanceRetention": True} if bucket == store.originals else {}
    try:
        store.client.delete_object(Bucket=bucket, Key=key, VersionId=version, **bypass)  # type: ignore[arg-type]
    except ClientError as error:
        if error.response["Error"].get("Code") == "AccessDenied":
            raise Conflict(
                "The store does not let go of an original yet: its lock holds.", code="still_locked"
            ) from error
        raise translated(error) from error
    except BotoCoreError as error:
        raise translated(error) from error


def _abort_uploads(client: "S3Client", bucket: str, place: str) -> None:
    try:
        for upload in client.list_multipart_uploads(Bucket=bucket, Prefix=place).get("Uploads", []):
            client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    except (ClientError, BotoCoreError) as error:
        raise translated(error) from error
