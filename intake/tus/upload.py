"""HEAD and DELETE: an upload told of, or ended."""

from datetime import UTC, datetime

from evidence.spool import Standing, UploadSecret
from intake.door import Door
from intake.tus import protocol
from intake.uploads.taking import end, take
from intake.wire.http import Answer, Headers


async def head(door: Door, secret: UploadSecret) -> Answer:
    """Tell the offset; whoever was writing is interrupted, so that it stays true."""
    standing = (await take(door, secret)).standing
    headers: list[tuple[str, str]] = []
    if concat := standing.upload.concat(secret):
        headers.append(("Upload-Concat", concat))
    # A joined upload has no offset until it is whole (tus 1.0, concatenation).
    if not standing.upload.parts or standing.complete:
        headers.append(("Upload-Offset", str(standing.offset)))
    if standing.length is None:
        headers.append(("Upload-Defer-Length", "1"))
    else:
        headers.append(("Upload-Length", str(standing.length)))
    if metadata := standing.upload.metadata(secret):
        headers.append(("Upload-Metadata", metadata))
    if not standing.received:
        headers.append(protocol.expires_header(standing.expires_at))
    return Answer(200, tuple(headers))


async def terminate(door: Door, secret: UploadSecret) -> Answer:
    """End an upload and forget its bytes."""
    await end(door, secret)
    return Answer(204)


def progress_headers(standing: Standing, offset: int) -> Headers:
    """Tell how far an upload is and, while it waits for more, until when it does."""
    told: Headers = (("Upload-Offset", str(offset)),)
    if offset == standing.length and not standing.upload.partial:
        return told
    return (*told, protocol.expires_header(datetime.now(UTC) + standing.upload.lifetime))
