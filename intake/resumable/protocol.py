"""The rules of draft-ietf-httpbis-resumable-upload, as functions of what was said.

| interop version | drafts | what is special here |
|---|---|---|
| 6 | -04, -05 | a HEAD that has to wait is answered 423: its client starts from zero after a 5xx |
| 8 | since -09 | the same HEAD is answered 503, after which the draft lets a client ask again |

What else differs between them, a server can do for both: docs/resumable-uploads.md.
"""

from datetime import UTC, datetime, timedelta

from evidence.spool import Standing
from intake.resumable.fields import Fields, write_boolean, write_limits
from intake.resumable.refusals import InconsistentLength, WrongInteropVersion, WrongMediaType
from intake.wire.http import Headers, Request

# tus-js-client's; what is made easier for it stands at this name.
LENIENT_VERSION = 6
VERSIONS = (LENIENT_VERSION, 8)
MEDIA_TYPE = "application/partial-upload"

CORS_REQUEST_HEADERS = (
    "Content-Type, Content-Disposition, Upload-Draft-Interop-Version, Upload-Complete, Upload-Offset, "
    "Upload-Length, Upload-Metadata, X-HTTP-Method-Override, X-Requested-With, X-Request-ID"
)
CORS_ANSWER_HEADERS = (
    "Location, Upload-Complete, Upload-Offset, Upload-Length, Upload-Limit, Accept-Patch, Retry-After"
)


def is_spoken(request: Request) -> bool:
    """Say whether a request is of the draft; one that says that it is of tus is believed."""
    headers = request.headers
    return "tus-resumable" not in headers and (
        "upload-draft-interop-version" in headers or "upload-complete" in headers
    )


def require_version(fields: Fields) -> int:
    """Return the client's interop version; raises `WrongInteropVersion` unless we speak it."""
    if fields.version is None or fields.version not in VERSIONS:
        spoken = " or ".join(str(version) for version in VERSIONS)
        raise WrongInteropVersion(
            f"Say 'Upload-Draft-Interop-Version: {spoken}'; this server speaks no other version of the draft."
        )
    return fields.version


def require_media_type(content_type: str) -> None:
    """Raise `WrongMediaType` unless a body is announced as a part of an upload."""
    if content_type != MEDIA_TYPE:
        raise WrongMediaType(f"Send a part of an upload as {MEDIA_TYPE}.")


def length_said(fields: Fields, offset: int, content_length: int | None) -> int | None:
    """Return the length in bytes that a request gives its upload, None where it leaves it open.

    A request says it in `Upload-Length`, or by ending the upload with a body of known size at `offset`.
    Raises `InconsistentLength` where it says both and they differ, or its body alone is longer.
    """
    if content_length is None:
        return fields.length
    reached = offset + content_length
    if fields.length is not None and (reached > fields.length or (fields.ends and reached != fields.length)):
        raise InconsistentLength
    return reached if fields.ends else fields.length


def common_headers() -> Headers:
    """Return what every answer carries; any origin may upload, since no cookie is ever involved."""
    return (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", CORS_ANSWER_HEADERS),
    )


def discovery_headers(max_bytes: int, lifetime: timedelta) -> Headers:
    """Say what this server can do, as `OPTIONS` answers it."""
    return (("Accept-Patch", MEDIA_TYPE), limit_header(max_bytes, lifetime))


def limit_header(max_bytes: int, lives_for: timedelta | None) -> tuple[str, str]:
    """Say the limits of one upload; `lives_for` is None once it has arrived, since it waits no more."""
    limits = {"max-size": max_bytes}
    if lives_for is not None:
        limits["max-age"] = max(0, int(lives_for.total_seconds()))
    return ("Upload-Limit", write_limits(limits))


def complete_header(complete: bool) -> tuple[str, str]:
    """Say whether an upload is complete."""
    return ("Upload-Complete", write_boolean(complete))


def offset_header(offset: int) -> tuple[str, str]:
    """Tell an offset, which is on the disk: the client may forget what is before it."""
    return ("Upload-Offset", str(offset))


def time_left(standing: Standing) -> timedelta | None:
    """Return how long an upload waits for its next byte, None where it has arrived."""
    return None if standing.received else standing.expires_at - datetime.now(UTC)
