"""POST: an upload opened, with its first bytes, or all of them, where the client sends them along."""

from evidence.errors import EvidenceError
from evidence.spool import Taken, UploadSecret
from intake.door import Door
from intake.resumable import protocol
from intake.resumable.append import take_in_part
from intake.resumable.fields import Fields
from intake.resumable.interim import Interim
from intake.resumable.metadata import metadata_in
from intake.resumable.upload import progress_headers
from intake.uploads import arrival
from intake.uploads.addresses import base_of
from intake.uploads.describing import describe
from intake.uploads.opening import open_upload, parse_token
from intake.uploads.sizes import require_room
from intake.wire.http import Answer, Receive, Request


async def create(door: Door, request: Request, receive: Receive, fields: Fields, interim: Interim) -> Answer:
    """Open an upload, tell where it is before its bytes have to come, and take in what does come."""
    metadata = metadata_in(request)
    token = parse_token(metadata.get("tip"))
    length = protocol.length_said(fields, 0, request.content_length)
    if length is not None:
        require_room(length, door.settings.max_file_bytes)
    await door.guard.admit_upload(request, length, bound=token is not None)
    secret = UploadSecret.new()
    standing = await open_upload(door, describe(door, secret, length, metadata), token)
    taken = await door.threads.on_disk(door.spool.take, secret.upload_id)
    location = ("Location", f"{base_of(request)}/{secret.text}")
    limits = protocol.limit_header(door.settings.max_file_bytes, protocol.time_left(standing))
    # From here on a newer request may come, and must find this one to be the older.
    await interim.created(location, limits)
    offset = 0
    if standing.ripe:
        await arrival.arrive(door, standing)
    elif request.content_length != 0:
        offset = await _first_bytes(door, request, receive, fields, secret, taken, interim)
    return Answer(201, (location, *progress_headers(door, standing, offset, ended=bool(fields.ends))))


async def _first_bytes(
    door: Door,
    request: Request,
    receive: Receive,
    fields: Fields,
    secret: UploadSecret,
    taken: Taken,
    interim: Interim,
) -> int:
    """Take the first bytes in. Who has more to send learns the address and the offset, even where they were
    interrupted here; who sent everything must not take such an answer for the end."""
    try:
        return await take_in_part(door, request, receive, fields, secret, taken, interim)
    except EvidenceError:
        kept = await door.threads.on_disk(door.spool.look, secret.upload_id)
        if fields.ends or kept.ripe:
            raise
        return kept.offset
