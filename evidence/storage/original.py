"""An original on its way into the locked bucket; one that is too large for one PUT goes in parts."""

import base64
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from evidence.errors import Conflict
from evidence.settings import LockMode

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

log = logging.getLogger(__name__)

_MOST_PARTS = 10_000
_PART_BYTES = 64 * 1024 * 1024  # held in memory, one by each thread that seals


@dataclass(frozen=True)
class Original:
    """A file to be locked away: its bytes, their SHA-256 (32 bytes), and until when they must stay."""

    path: Path
    size: int
    sha256: bytes
    retain_until: datetime
    mode: LockMode


def put_in_parts(client: "S3Client", bucket: str, key: str, original: Original) -> str | None:
    """Write an original by multipart upload and return its version, if its bucket has versions.

    The store verifies each part's SHA-256; that the parts are the whole is verified here. Raises `Conflict`
    (`bytes_differ`), and what botocore raises, of which no part is left.
    """
    parts = _Parts(client, bucket, key)
    parts.abort_left_over()
    upload = client.create_multipart_upload(
        Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", ContentType="application/octet-stream",
        ObjectLockMode=original.mode, ObjectLockRetainUntilDate=original.retain_until,
    )["UploadId"]  # fmt: skip
    try:
        answer = client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, IfNoneMatch="*",
            MultipartUpload={"Parts": parts.put_all(upload, original)},
        )  # fmt: skip
    except BaseException:
        parts.abort(upload)
        raise
    return answer.get("VersionId")


def checksum_text(digest: bytes) -> str:
    """A digest as S3's headers have it."""
    return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class _Parts:
    client: "S3Client"
    bucket: str
    key: str

    def put_all(self, upload: str, original: Original) -> "list[CompletedPartTypeDef]":
        """Put each part and return what completes them."""
        whole = hashlib.sha256()
        part_bytes = max(_PART_BYTES, -(-original.size // _MOST_PARTS))
        parts: list[CompletedPartTypeDef] = []
        with original.path.open("rb") as body:
            for number, piece in enumerate(iter(lambda: body.read(part_bytes), b""), start=1):
                whole.update(piece)
                parts.append(self._put(upload, number, piece))
        if whole.digest() != original.sha256:
            raise Conflict("The file changed while it was being stored.", code="bytes_differ")
        return parts

    def _put(self, upload: str, number: int, piece: bytes) -> "CompletedPartTypeDef":
        checksum = checksum_text(hashlib.sha256(piece).digest())
        answer = self.client.upload_part(
            Bucket=self.bucket, Key=self.key, UploadId=upload, PartNumber=number, Body=piece,
            ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum,
        )  # fmt: skip
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    def abort_left_over(self) -> None:
        """Free what a worker that died in the middle of this key left behind; nobody lists it otherwise."""
        found = self.client.list_multipart_uploads(Bucket=self.bucket, Prefix=self.key)
        for upload in found.get("Uploads", []):
            if upload["Key"] == self.key:
                self.abort(upload["UploadId"])

    def abort(self, upload: str) -> None:
        """Drop an upload's parts. Where that fails they lie there unseen, which must hide no other error."""
        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=upload)
        except (ClientError, BotoCoreError) as error:
            log.warning("parts of original %s are left in the store: %s", self.key, type(error).__name__)
