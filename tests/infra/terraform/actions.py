"""Which rights in AWS a request needs.

What S3 looks for: docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html; the keys:
docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html; of a bucket's own key: bucket-key.html.
"""

from collections.abc import Iterator

from tests.infra.terraform.asked import Asked

_OF_A_BUCKET = {
    "versions": "s3:ListBucketVersions",
    "uploads": "s3:ListBucketMultipartUploads",
    "object-lock": "s3:GetBucketObjectLockConfiguration",
    "list-type": "s3:ListBucket",
}


def needed(asked: Asked) -> set[str]:
    """The rights that S3 looks for; raises `LookupError` for a request that this does not know."""
    found = set(_of_an_object(asked) if asked.key else _of_a_bucket(asked))
    if not found:
        raise LookupError(f"{asked.method} {asked.bucket}/{asked.key} {sorted(asked.query)}")
    return found


def _of_a_bucket(asked: Asked) -> Iterator[str]:
    if asked.method == "HEAD":
        yield "s3:ListBucket"
    if asked.method == "GET":
        yield from (action for name, action in _OF_A_BUCKET.items() if name in asked.query)
    if asked.method == "POST" and "delete" in asked.query:  # many objects at once, none by its version
        yield "s3:DeleteObject"


def _of_an_object(asked: Asked) -> Iterator[str]:
    versioned = "Version" if "versionId" in asked.query else ""
    if "retention" in asked.query:
        yield f"s3:{asked.method.capitalize()}ObjectRetention"
    elif asked.method in ("GET", "HEAD"):
        yield f"s3:GetObject{versioned}"
        yield "kms:Decrypt"
    elif asked.method == "DELETE" and "uploadId" in asked.query:
        yield "s3:AbortMultipartUpload"
    elif asked.method == "DELETE":
        yield f"s3:DeleteObject{versioned}"
        if asked.headers.get("x-amz-bypass-governance-retention", "").lower() == "true":
            yield "s3:BypassGovernanceRetention"
    elif asked.method in ("PUT", "POST"):
        yield "s3:PutObject"
        yield "kms:GenerateDataKey"
        # Of parts, to put them together; of any, to look whether the bucket's own key is whole.
        yield "kms:Decrypt"
        if "x-amz-object-lock-mode" in asked.headers:
            yield "s3:PutObjectRetention"
