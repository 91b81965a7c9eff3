"""HEAD and DELETE: an upload told of, or ended."""

from datetime import timedelta

from evidence.spool import Standing, Taken, UploadSecret
from intake.door import Door
from intake.resumable import protocol
from intake.resumable.refusals import JoinedUpload
from intake.uploads.taking import end, take
from intake.wire.http import Answer, Headers


async def head(door: Door, secret: UploadSecret) -> Answer:
    """Tell the offset; whoever was writing is interrupted, so that it stays true."""
    standing = (await take_single(door, secret)).standing
    length: Headers = () if standing.length is None else (("Upload-Length", str(standing.length)),)
    return Answer(
        204,
        (
            protocol.offset_header(standing.offset),
            protocol.complete_header(standing.complete),
            *length,
            protocol.limit_header(door.settings.max_file_bytes, protocol.time_left(standing)),
        ),
    )


async def cancel(door: Door, secret: UploadSecret) -> Answer:
    """End an upload and forget its bytes."""
    await end(door, secret)
    return Answer(204)


async def take_single(door: Door, secret: UploadSecret) -> Taken:
    """Take an upload over, as `taking.take` does; raises `JoinedUpload` for what tus joins with others."""
    taken = await take(door, secret)
    if taken.standing.upload.partial or taken.standing.upload.parts:
        raise JoinedUpload
    return taken


def progress_headers(door: Door, standing: Standing, offset: int, *, ended: bool) -> Headers:
    """Tell how far an upload is and, while it waits for more, for how long it does.

    `ended` is what the client said: while it says that it has more, no answer calls the upload complete.
    """
    arrived = ended or offset == standing.length
    lives_for: timedelta | None = None if arrived else standing.upload.lifetime
    return (
        protocol.offset_header(offset),
        protocol.complete_header(ended),
        protocol.limit_header(door.settings.max_file_bytes, lives_for),
    )
