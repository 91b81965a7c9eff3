"""The way to S3: boto3's client, told how long to wait and what to sign."""

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from evidence.settings import StoreSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT_SECONDS = 5
_READ_SECONDS = 120


def s3_client(settings: StoreSettings, *, read_seconds: int = _READ_SECONDS, attempts: int = 3) -> "S3Client":
    """Make a client; nothing is asked of the store yet.

    `read_seconds` is how long it waits for the next byte of an answer, `attempts` how often it asks.
    """
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=Config(
            signature_version="s3v4",
            s3={
                **({"addressing_style": "path"} if settings.endpoint else {}),
                # To sign a body is to hash it once more, here and in the store. A file has its SHA-256 in a
                # header that is signed; what has none is safe where nobody can be on the way.
                "payload_signing_enabled": not is_private(settings.endpoint),
            },
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"max_attempts": attempts, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def is_private(endpoint: str | None) -> bool:
    """Whether nobody can be on the way: TLS, as to AWS itself, or this machine's own loopback."""
    if endpoint is None:
        return True
    address = urlsplit(endpoint)
    if address.scheme == "https" or address.hostname == "localhost":
        return True
    try:
        return ip_address(address.hostname or "").is_loopback
    except ValueError:
        return False
