"""POST: an upload opened, with its first bytes, or all of them, where the client sends them along."""

from evidence.spool import UploadSecret
from intake.door import Door
from intake.resumable import protocol
from intake.resumable.append import take_in_part
from intake.resumable.exchange import Exchange
from intake.resumable.metadata import metadata_in
from intake.resumable.upload import progress_headers
from intake.uploads import arrival
from intake.uploads.addresses import base_of
from intake.uploads.describing import describe
from intake.uploads.opening import open_upload, parse_token
from intake.uploads.receiving import keep_first
from intake.uploads.sizes import require_room
from intake.wire.http import Answer


async def create(door: Door, exchange: Exchange) -> Answer:
    """Open an upload, tell where it is before its bytes have to come, and take in what does come."""
    request, fields = exchange.request, exchange.fields
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
    await exchange.interim.created(location, limits)
    offset = 0
    if standing.ripe:
        await arrival.arrive(door, standing)
    elif request.content_length != 0:
        coming = take_in_part(door, exchange, secret, taken)
        # Who sent everything must not take the address and an offset for the end.
        offset = await (coming if fields.ends else keep_first(door, secret.upload_id, coming))
    return Answer(201, (location, *progress_headers(door, standing, offset, ended=bool(fields.ends))))
