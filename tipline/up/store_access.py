"""Who may do what in the store: one S3 identity for each process, and none for the public door.

The policies are in AWS's own language (docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-
overview.html); the embedded store enforces them, and on AWS the same ones serve.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from evidence.errors import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BUCKET_EXISTS = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
STEWARD = "steward"  # makes the buckets; its keys never leave the supervisor
IDENTITIES = (STEWARD, "worker", "console", "operator", "expire")

_READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention")
_READ_BUCKET = (
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketVersioning",
    "s3:GetBucketObjectLockConfiguration",
    "s3:ListBucketMultipartUploads",
)
_SEAL = ("s3:PutObject", "s3:PutObjectRetention", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
# What is sealed goes by no other hand: only this identity passes a governance lock by, and deletes versions.
_DELETE = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:BypassGovernanceRetention",
    "s3:AbortMultipartUpload",
)
_LIST = ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
_REMAKE = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
# Of uploads on their way, whose bytes go on from host to host.
_PASS_ON = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")


@dataclass(frozen=True)
class Buckets:
    """The names of the buckets; originals and checkpoints are versioned under Object Lock.

    `spool` is what several hosts share of uploads on their way, None on a single one.
    """

    originals: str = "tipline-originals"
    derivatives: str = "tipline-derivatives"
    checkpoints: str = "tipline-checkpoints"
    spool: str | None = None

    @property
    def locked(self) -> tuple[str, str]:
        """Those whose objects cannot be changed or removed before their time."""
        return (self.originals, self.checkpoints)


@dataclass(frozen=True)
class Keys:
    """One identity's credentials."""

    access_key: str
    secret_key: str = field(repr=False)


def make_buckets(client: "S3Client", buckets: Buckets) -> None:
    """Make the buckets that are not there, locked where they must be; safe to run again.

    Where all are there, as Terraform makes them, it asks for no right to make any. Raises `SettingsError`
    (`no_object_lock`) where one that was there already cannot lock what it is given.
    """
    region, where = client.meta.region_name, dict[str, Any]()
    if region != "us-east-1":  # which S3 takes only when it is not said
        where["CreateBucketConfiguration"] = {"LocationConstraint": region}
    for bucket in (*buckets.locked, buckets.derivatives, *([buckets.spool] if buckets.spool else [])):
        if _exists(client, bucket):
            if bucket in buckets.locked:
                _require_lock(client, bucket)
            continue
        try:
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=bucket in buckets.locked, **where)
        except ClientError as error:
            # Somebody else was faster.
            if error.response["Error"].get("Code") not in _BUCKET_EXISTS:
                raise


def _exists(client: "S3Client", bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return False
    return True


def _require_lock(client: "S3Client", bucket: str) -> None:
    try:
        client.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"].get("Code") != "ObjectLockConfigurationNotFoundError":
            raise
        raise SettingsError(
            f"The bucket {bucket} has no Object Lock. Switch it on there, or name a bucket yet to be made.",
            code="no_object_lock",
        ) from None


def policies(buckets: Buckets) -> dict[str, dict[str, Any]]:
    """The policy of each identity but the steward's; the public door's where several hosts share a spool."""
    every = (buckets.originals, buckets.derivatives, buckets.checkpoints)
    passing = (buckets.spool,) if buckets.spool else ()
    carry = [(_PASS_ON, _objects(*passing)), (_LIST[:1], _whole(*passing))] if passing else []
    follow = [(_READ_OBJECTS[:1], _objects(*passing)), (_LIST[:1], _whole(*passing))] if passing else []
    return {
        **({"intake": _policy(*carry)} if passing else {}),
        "worker": _policy(
            (_SEAL + _READ_OBJECTS, _objects(*buckets.locked)),
            (_REMAKE + _READ_OBJECTS, _objects(buckets.derivatives)),
            (_READ_BUCKET, _whole(*every)),
            *carry,
        ),
        "console": _policy((_READ_OBJECTS, _objects(buckets.originals, buckets.derivatives)), *follow),
        "expire": _policy(
            (_DELETE, _objects(buckets.originals, buckets.derivatives)),
            (_LIST, _whole(buckets.originals, buckets.derivatives)),
            *carry,
        ),
        "operator": _policy((_READ_OBJECTS, _objects(*every)), (_READ_BUCKET, _whole(*every))),
    }


def s3_configuration(buckets: Buckets, keys: Mapping[str, Keys]) -> str:
    """SeaweedFS's `-s3.config` file: JSON of identities and their policies."""
    allowed = policies(buckets)
    identities = [
        {
            "name": name,
            "credentials": [{"accessKey": keys[name].access_key, "secretKey": keys[name].secret_key}],
            **({"actions": ["Admin"]} if name == STEWARD else {"policyNames": [name]}),
        }
        for name in (STEWARD, *allowed)
    ]
    written = [{"name": name, "content": json.dumps(policy)} for name, policy in allowed.items()]
    return json.dumps({"identities": identities, "policies": written}, indent=1)


def _policy(*allowed: tuple[Sequence[str], Sequence[str]]) -> dict[str, Any]:
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
        for actions, resources in allowed
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _objects(*buckets: str) -> list[str]:
    return [f"arn:aws:s3:::{bucket}/*" for bucket in buckets]


def _whole(*buckets: str) -> list[str]:
    return [f"arn:aws:s3:::{bucket}" for bucket in buckets]
