"""PATCH: a body taken in at the offset it names."""

from evidence.errors import Forbidden
from evidence.spool import UploadSecret
from intake.door import Door
from intake.tus import protocol
from intake.tus.upload import progress_headers
from intake.uploads.receiving import OffsetMismatch, refuse_past_end, settle_length, take_in
from intake.uploads.taking import take
from intake.wire.http import Answer, Receive, Request


async def patch(door: Door, request: Request, receive: Receive, secret: UploadSecret) -> Answer:
    """Take a body in at the offset it names."""
    protocol.require_content_type(request.content_type)
    offset = protocol.parse_offset(request.headers)
    checksum = protocol.parse_checksum(request.headers)
    taken = await take(door, secret)
    if taken.standing.upload.parts:
        raise Forbidden("This upload joins others; it takes no bytes of its own.", code="joined_upload")
    if offset != taken.standing.offset:
        raise OffsetMismatch(taken.standing.offset)
    declared = request.headers.get("upload-length")
    if declared is not None:
        length = protocol.parse_length(declared, max_bytes=door.settings.max_file_bytes)
        taken = await settle_length(door, secret, taken, length)
    if taken.standing.received:
        if request.content_length != 0:
            await refuse_past_end(door, taken.standing)
    else:
        offset = await take_in(door, request, receive, taken, checksum)
    return Answer(204, progress_headers(taken.standing, offset))
