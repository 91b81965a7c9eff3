"""POST: an upload opened, with its first bytes where the client sends them along; or several joined."""

from collections.abc import Mapping

from evidence.errors import EvidenceError, Invalid, NotFound
from evidence.spool import Standing, UploadSecret
from intake.door import Door
from intake.tus import protocol
from intake.tus.concatenation import Joining, joined_already, parse_concat, parts_of
from intake.tus.upload import progress_headers
from intake.uploads import arrival
from intake.uploads.checksum import Checksum, ChecksumMismatch
from intake.uploads.describing import describe, parse_metadata
from intake.uploads.opening import note_upload, open_upload, parse_token
from intake.uploads.receiving import Overflow, take_in
from intake.uploads.sizes import require_room
from intake.wire.http import Answer, Receive, Request


async def create(door: Door, request: Request, receive: Receive, prefix: str) -> Answer:
    """Open an upload: an ordinary one, a part of a later one, or one that joins parts."""
    concat = request.headers.get("upload-concat")
    base = f"{request.scope.get('root_path', '')}{prefix}"
    joining = None if concat is None else parse_concat(concat, prefix=base)
    if joining is not None:
        return await _create_joined(door, request, joining, base)
    wanted = protocol.parse_creation(request.headers, max_bytes=door.settings.max_file_bytes)
    token = parse_token(wanted.metadata.get("tip"))
    checksum = protocol.parse_checksum(request.headers)
    with_upload = request.content_length != 0
    if with_upload:
        protocol.require_content_type(request.content_type)
        if wanted.length is not None and (request.content_length or 0) > wanted.length:
            raise Overflow
    await door.guard.admit_upload(request, wanted.length, bound=token is not None)
    secret = UploadSecret.new()
    upload = describe(door, secret, wanted.length, wanted.metadata, concat=concat or "")
    standing = await open_upload(door, upload, token)
    offset = 0
    if standing.ripe:
        await arrival.arrive(door, standing)
    elif with_upload:
        offset = await _first_bytes(door, request, receive, standing, checksum)
    return _created(base, secret, standing, offset)


async def _create_joined(door: Door, request: Request, joining: Joining, base: str) -> Answer:
    """Join complete parts. Asked again, because the answer was lost, it is the same upload again."""
    if "upload-length" in request.headers or "upload-defer-length" in request.headers:
        raise Invalid("A final upload's length is that of its parts; give none.", code="upload_length")
    if request.content_length != 0:
        raise Invalid("A final upload takes no bytes of its own.", code="joined_upload")
    metadata = parse_metadata(request.headers.get("upload-metadata", ""))
    token = parse_token(metadata.get("tip"))
    secret = joining.secret
    try:
        standing = await door.threads.on_disk(door.spool.look, secret.upload_id)
    except NotFound:
        standing = await _open_joined(door, request, joining, metadata, token)
    else:
        # Whoever opened it may have been killed before the database heard of it.
        if not standing.received:
            await note_upload(door, standing, token)
    if not standing.received:
        standing = await arrival.join(door, standing)
        await arrival.arrive(door, standing)
    return _created(base, secret, standing, standing.offset)


async def _open_joined(
    door: Door, request: Request, joining: Joining, metadata: Mapping[str, bytes], token: bytes | None
) -> Standing:
    parts = await parts_of(door, joining)
    if any(part.received for part in parts):
        return await joined_already(door, joining)
    length = sum(part.offset for part in parts)
    require_room(length, door.settings.max_file_bytes)
    await door.threads.on_disk(door.spool.require_room, length)
    # Its bytes are written a second time, and the same parts could be joined in many an order.
    await door.guard.admit_upload(request, length, bound=token is not None)
    ids = tuple(part.upload.id for part in parts)
    upload = describe(door, joining.secret, length, metadata, concat=joining.said, parts=ids)
    return await open_upload(door, upload, token)


def _created(base: str, secret: UploadSecret, standing: Standing, offset: int) -> Answer:
    return Answer(201, (("Location", f"{base}/{secret.text}"), *progress_headers(standing, offset)))


async def _first_bytes(
    door: Door, request: Request, receive: Receive, standing: Standing, checksum: Checksum | None
) -> int:
    """Take the first bytes in. An upload that is interrupted here exists all the same: the client must
    learn its address, and goes on from what was kept."""
    taken = await door.threads.on_disk(door.spool.take, standing.upload.id)
    try:
        return await take_in(door, request, receive, taken, checksum)
    except ChecksumMismatch:
        # Nothing of it was kept, and the client never learns of an address: it opens another.
        await arrival.end(door, standing.upload.id, "terminated")
        raise
    except EvidenceError:
        kept = await door.threads.on_disk(door.spool.look, standing.upload.id)
        if kept.ripe:
            raise
        return kept.offset
