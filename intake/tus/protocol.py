"""The rules of tus 1.0 (https://tus.io/protocols/resumable-upload), as functions of header values."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from evidence.errors import EvidenceError, Invalid
from intake.uploads.checksum import ALGORITHMS, Checksum
from intake.uploads.describing import parse_metadata
from intake.uploads.sizes import require_room
from intake.wire.http import Headers

VERSION = "1.0.0"
EXTENSIONS = (
    "creation",
    "creation-with-upload",
    "creation-defer-length",
    "expiration",
    "checksum",
    "termination",
    "concatenation",
)
CONTENT_TYPE = "application/offset+octet-stream"

_NUMBER = re.compile(r"[0-9]{1,18}")  # 18 digits fit a signed 64-bit file size
CORS_REQUEST_HEADERS = (
    "Content-Type, Tus-Resumable, Upload-Length, Upload-Defer-Length, Upload-Offset, Upload-Metadata, "
    "Upload-Checksum, Upload-Concat, Tipline-Proof, Idempotency-Key, X-HTTP-Method-Override, "
    "X-Requested-With, X-Request-ID"
)
CORS_ANSWER_HEADERS = (
    "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, "
    "Upload-Offset, Upload-Length, Upload-Defer-Length, Upload-Metadata, Upload-Concat, Upload-Expires, "
    "Retry-After"
)


class WrongVersion(EvidenceError):
    """The client speaks another version of the protocol."""

    status = 412
    default_code = "tus_version"


class WrongContentType(EvidenceError):
    """The body is not what the protocol sends."""

    status = 415
    default_code = "content_type"


@dataclass(frozen=True)
class Creation:
    """What a client asks for when it opens an upload; `length` in bytes, None while deferred."""

    length: int | None
    metadata: Mapping[str, bytes]


def require_version(headers: Mapping[str, str]) -> None:
    """Raise `WrongVersion` unless the client speaks tus 1.0."""
    if headers.get("tus-resumable") != VERSION:
        raise WrongVersion(
            f"Say 'Tus-Resumable: {VERSION}'; this server speaks no other version of tus."
            " It speaks the IETF draft to whoever says 'Upload-Draft-Interop-Version'."
        )


def require_content_type(content_type: str) -> None:
    """Raise `WrongContentType` unless the body is announced as raw bytes of an upload."""
    if content_type != CONTENT_TYPE:
        raise WrongContentType(f"Send the bytes of an upload as {CONTENT_TYPE}.")


def parse_creation(headers: Mapping[str, str], *, max_bytes: int) -> Creation:
    """Read the headers of a creation; raises `Invalid`, or `TooLarge` over `max_bytes`."""
    declared, deferred = headers.get("upload-length"), headers.get("upload-defer-length")
    if (declared is None) == (deferred is None):
        raise Invalid("Give Upload-Length, or Upload-Defer-Length: 1, and not both.", code="upload_length")
    if deferred is not None and deferred != "1":
        raise Invalid("Upload-Defer-Length can only be 1.", code="upload_defer_length")
    length = None if declared is None else parse_length(declared, max_bytes=max_bytes)
    return Creation(length, parse_metadata(headers.get("upload-metadata", "")))


def parse_length(text: str, *, max_bytes: int) -> int:
    """Read `Upload-Length`; raises `Invalid`, or `TooLarge` over `max_bytes`."""
    length = _parse_number(text, "Upload-Length", "upload_length")
    require_room(length, max_bytes)
    return length


def parse_offset(headers: Mapping[str, str]) -> int:
    """Read `Upload-Offset`; raises `Invalid` where it is missing or no number."""
    return _parse_number(headers.get("upload-offset", ""), "Upload-Offset", "upload_offset")


def _parse_number(text: str, name: str, code: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"{name} must be a whole number of bytes, 0 or more.", code=code)
    return int(text)


def parse_checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Read `Upload-Checksum`, None where there is none; raises `Invalid`."""
    said = headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, encoded = said.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Invalid(f"Upload-Checksum can be of {' or '.join(ALGORITHMS)}.", code="checksum_algorithm")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise Invalid(f"Upload-Checksum is no {algorithm} in base64.", code="upload_checksum")
    return Checksum(algorithm, digest)


def expires_header(at: datetime) -> tuple[str, str]:
    """Say when an unfinished upload ends (`at` in UTC)."""
    return ("Upload-Expires", format_datetime(at, usegmt=True))


def discovery_headers(max_bytes: int) -> Headers:
    """Say what this server can do, as `OPTIONS` answers it."""
    return (
        ("Tus-Version", VERSION),
        ("Tus-Extension", ",".join(EXTENSIONS)),
        ("Tus-Max-Size", str(max_bytes)),
        ("Tus-Checksum-Algorithm", ",".join(ALGORITHMS)),
    )


def common_headers() -> Headers:
    """Return what every answer carries; any origin may upload, since no cookie is ever involved."""
    return (
        ("Tus-Resumable", VERSION),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", CORS_ANSWER_HEADERS),
    )
