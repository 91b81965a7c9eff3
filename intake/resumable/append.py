"""PATCH: a part of an upload taken in at the offset it names; with the last one, the upload is complete."""

from dataclasses import replace

from evidence.errors import Conflict, Invalid
from evidence.spool import Taken, UploadSecret
from intake.door import Door
from intake.resumable import protocol
from intake.resumable.exchange import Exchange
from intake.resumable.refusals import CompletedUpload, InconsistentLength, MismatchingOffset
from intake.resumable.upload import progress_headers, take_single
from intake.uploads.addresses import base_of
from intake.uploads.receiving import Overflow, settle_length, take_in
from intake.uploads.sizes import require_room
from intake.wire.http import Answer


async def append(door: Door, exchange: Exchange, secret: UploadSecret) -> Answer:
    """Take a part in. Who says once more that a complete upload ends here is told once more that it does."""
    request, fields = exchange.request, exchange.fields
    protocol.require_media_type(request.content_type)
    if fields.offset is None:
        raise Invalid("Say where these bytes begin, in Upload-Offset.", code="upload_offset")
    taken = await take_single(door, secret)
    if fields.offset != taken.standing.offset:
        raise MismatchingOffset(expected=taken.standing.offset, provided=fields.offset)
    if taken.standing.complete and request.content_length != 0:
        raise InconsistentLength
    if taken.standing.complete and not fields.ends:
        raise CompletedUpload
    length = protocol.length_said(fields, fields.offset, request.content_length)
    if length is not None:
        require_room(length, door.settings.max_file_bytes)
        taken = await settle(door, secret, taken, length)
    offset = taken.standing.offset
    if not taken.standing.received:
        offset = await take_in_part(door, exchange, secret, taken)
    told = progress_headers(door, taken.standing, offset, ended=bool(fields.ends))
    if fields.ends:
        return Answer(201, (("Location", f"{base_of(request)}/{secret.text}"), *told))
    return Answer(204, told)


async def take_in_part(door: Door, exchange: Exchange, secret: UploadSecret, taken: Taken) -> int:
    """Take a body in and return the offset, which is on the disk; at the upload's end the media exists.

    Raises `InconsistentLength` where the upload ends elsewhere than was said, or what interrupted the body.
    """
    try:
        offset = await take_in(
            door, exchange.request, exchange.receive, taken, reached=exchange.interim.reached
        )
    except Overflow:
        if taken.standing.length is None:
            raise
        raise InconsistentLength from None
    if exchange.fields.ends and offset != taken.standing.length:
        grown = replace(taken, standing=replace(taken.standing, offset=offset))
        await settle(door, secret, grown, offset)
    return offset


async def settle(door: Door, secret: UploadSecret, taken: Taken, length: int) -> Taken:
    """Settle the upload's length; raises `InconsistentLength` where it has another, or is longer already."""
    try:
        return await settle_length(door, secret, taken, length)
    except Conflict:
        raise InconsistentLength from None
