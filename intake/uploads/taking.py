"""An upload taken over from whoever had it, within milliseconds; or ended."""

from evidence.errors import Forbidden, Gone, NotFound
from evidence.live.refusals import LiveClosed
from evidence.spool import Taken, UploadSecret
from intake.door import Door
from intake.uploads import arrival


async def take(door: Door, secret: UploadSecret) -> Taken:
    """Take an upload from whoever has it, and finish it where only that was missing.

    The offset of what is returned may be told: either it is short of the length, or the media exists.
    Raises `NotFound`, `Gone`, `Busy`, or `DatabaseAway` where a complete upload cannot be finished yet.
    """
    upload_id = secret.upload_id
    if upload_id in door.closed:
        raise LiveClosed
    door.bodies.take_over(upload_id)
    try:
        taken = await door.threads.on_disk(door.spool.take, upload_id)
    except NotFound:
        if await arrival.state_of(door, upload_id) is None:
            raise
        raise Gone("This upload has ended.", code="upload_ended") from None
    if taken.standing.ripe:
        await arrival.arrive(door, taken.standing)
        taken = await door.threads.on_disk(door.spool.take, upload_id)
    return taken


async def end(door: Door, secret: UploadSecret) -> None:
    """End an upload and forget its bytes; `Forbidden` where it was received: that is evidence, and stays.

    So is what staff have watched already: whoever went live takes it back with the tip.
    """
    standing = (await take(door, secret)).standing
    if standing.upload.live:
        raise Forbidden("What was sent live stays; its tip can be taken back.", code="live_stays")
    if standing.received or not await arrival.end(door, secret.upload_id, "terminated"):
        raise Forbidden("This file has arrived; it cannot be taken back here.", code="already_received")
