"""An upload as requests find it: taken over, told of, or ended."""

from datetime import UTC, datetime

from evidence.errors import Forbidden, Gone, NotFound
from evidence.spool import Standing, Taken, UploadSecret
from intake import arrival
from intake.door import Door
from intake.http import Answer, Headers
from intake.tus import protocol


async def take(door: Door, secret: UploadSecret) -> Taken:
    """Take an upload from whoever has it, within milliseconds, and finish it where only that was missing.

    The offset of what is returned may be told: either it is short of the length, or the media exists.
    Raises `NotFound`, `Gone`, `Busy`, or `DatabaseAway` where a complete upload cannot be finished yet.
    """
    upload_id = secret.upload_id
    door.bodies.take_over(upload_id)
    try:
        taken = await door.threads.on_disk(door.spool.take, upload_id)
    except NotFound:
        if await arrival.state_of(door, upload_id) is None:
            raise
        raise Gone("This upload has ended.", code="upload_ended") from None
    if taken.standing.complete and not taken.standing.received:
        await arrival.arrive(door, taken.standing)
        taken = await door.threads.on_disk(door.spool.take, upload_id)
    return taken


async def head(door: Door, secret: UploadSecret) -> Answer:
    """Tell the offset; whoever was writing is interrupted, so that it stays true."""
    standing = (await take(door, secret)).standing
    headers = [("Upload-Offset", str(standing.offset))]
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
    """End an upload and forget its bytes; what was received is evidence, and stays."""
    upload_id = secret.upload_id
    standing = (await take(door, secret)).standing
    if standing.received or not await arrival.end(door, upload_id, "terminated"):
        raise Forbidden("This file has arrived; it cannot be taken back here.", code="already_received")
    return Answer(204)


def progress_headers(standing: Standing, offset: int) -> Headers:
    """Tell how far an upload is and, while it waits for more, until when it does."""
    told: Headers = (("Upload-Offset", str(offset)),)
    if offset == standing.length:
        return told
    return (*told, protocol.expires_header(datetime.now(UTC) + standing.upload.lifetime))
