"""Bytes that come in: from the connection into the spool, until the body ends or somebody interrupts."""

from contextlib import closing

from evidence.errors import Conflict, TooLarge
from evidence.spool import Taken, UploadSecret
from intake import arrival
from intake.body import Body
from intake.door import Door
from intake.growing import Growing
from intake.http import Answer, Receive, Request
from intake.tus import protocol
from intake.tus.upload import progress_headers, take


class OffsetMismatch(Conflict):
    """The client is not where the upload is."""

    default_code = "offset_mismatch"

    def __init__(self) -> None:
        super().__init__("The upload is at another offset; ask for it with HEAD and go on there.")


class Overflow(TooLarge):
    """More bytes than were declared, or than one file may have."""

    default_code = "past_length"

    def __init__(self) -> None:
        super().__init__("This is more than the upload's length, or more than one file may have.")


async def patch(door: Door, request: Request, receive: Receive, secret: UploadSecret) -> Answer:
    """Take a body in at the offset it names."""
    protocol.require_content_type(request.content_type)
    offset = protocol.parse_offset(request.headers)
    taken = await take(door, secret)
    if offset != taken.standing.offset:
        raise OffsetMismatch
    taken = await _declare_length(door, request, secret, taken)
    if taken.standing.received:
        if request.content_length != 0:
            raise Overflow
    else:
        offset = await take_in(door, request, receive, taken)
    return Answer(204, progress_headers(taken.standing, offset))


async def _declare_length(door: Door, request: Request, secret: UploadSecret, taken: Taken) -> Taken:
    """Settle a deferred length where the client names it now; it can never change again."""
    declared = request.headers.get("upload-length")
    if declared is None:
        return taken
    length = protocol.parse_length(declared, max_bytes=door.settings.max_file_bytes)
    if length < taken.standing.offset:
        raise Conflict("The upload is longer than that already.", code="length_settled")
    if taken.standing.length is not None:
        if length != taken.standing.length:
            raise Conflict("The length of this upload is settled and cannot change.", code="length_settled")
        return taken
    await door.threads.on_disk(door.spool.declare_length, secret.upload_id, length)
    return await take(door, secret)


async def take_in(door: Door, request: Request, receive: Receive, taken: Taken) -> int:
    """Read the request's body into the upload, and return the offset, which is on the disk by then.

    Where the upload is complete with it, the media exists when this returns. Raises what interrupted it;
    every byte that was written stays.
    """
    end = taken.standing.length if taken.standing.length is not None else door.settings.max_file_bytes
    announced = request.content_length
    if announced is not None and taken.standing.offset + announced > end:
        raise Overflow
    upload_id = taken.standing.upload.id
    with (
        closing(Growing(door.spool, taken, door.threads)) as growing,
        door.bodies.reading(Body(receive), upload_id) as body,
    ):
        try:
            while (piece := await body.read()) is not None:
                if growing.position + len(piece) > end:
                    raise Overflow
                await growing.write(piece)
        finally:
            await growing.settle()
        offset = growing.position
    if offset == taken.standing.length:
        await arrival.arrive(door, await door.threads.on_disk(door.spool.look, upload_id))
    return offset
