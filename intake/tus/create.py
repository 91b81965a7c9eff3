"""POST: an upload opened, with its first bytes where the client sends them along; or several joined."""

from collections.abc import Mapping

from evidence.errors import Invalid
from evidence.spool import Standing, UploadSecret
from intake.door import Door
from intake.repeats import HEADER, RepeatKey
from intake.tus import protocol
from intake.tus.concatenation import Joining, joined_already, parse_concat, parts_of
from intake.tus.upload import progress_headers
from intake.uploads import arrival
from intake.uploads.checksum import Checksum, ChecksumMismatch
from intake.uploads.describing import describe, parse_metadata
from intake.uploads.opening import find_upload, open_upload, parse_token
from intake.uploads.receiving import Overflow, keep_first, take_in
from intake.uploads.sizes import require_room
from intake.uploads.taking import take
from intake.wire.http import Answer, Receive, Request

# What a creation asks for; the bytes that come with it may be cut anywhere.
_ASKED = ("upload-length", "upload-defer-length", "upload-metadata", "upload-concat")


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
    repeat_key = RepeatKey.read(request.headers.get(HEADER.lower()), door.settings.database_url)
    secret = UploadSecret.new() if repeat_key is None else _secret_for(repeat_key, request)
    found = None if repeat_key is None else await find_upload(door, secret.upload_id, token)
    if found is None:
        await door.guard.admit_upload(request, wanted.length, bound=token is not None)
        upload = describe(door, secret, wanted.length, wanted.metadata, concat=concat or "")
        standing = await open_upload(door, upload, token, repeatable=repeat_key is not None)
    else:
        standing = (await take(door, secret)).standing
    offset = standing.offset
    if standing.ripe:
        await arrival.arrive(door, standing)
    elif with_upload and not standing.received:
        offset = await _first_bytes(door, request, receive, secret, checksum)
    return _created(base, secret, standing, offset)


def _secret_for(repeat_key: RepeatKey, request: Request) -> UploadSecret:
    """Derive the upload's secret: asked for with another length or metadata, it is another upload."""
    asked = (request.headers.get(name, "").encode() for name in _ASKED)
    return UploadSecret(repeat_key.seed("upload", *asked))


async def _create_joined(door: Door, request: Request, joining: Joining, base: str) -> Answer:
    """Join complete parts. Asked again, because the answer was lost, it is the same upload again."""
    if "upload-length" in request.headers or "upload-defer-length" in request.headers:
        raise Invalid("A final upload's length is that of its parts; give none.", code="upload_length")
    if request.content_length != 0:
        raise Invalid("A final upload takes no bytes of its own.", code="joined_upload")
    metadata = parse_metadata(request.headers.get("upload-metadata", ""))
    token = parse_token(metadata.get("tip"))
    secret = joining.secret
    standing = await find_upload(door, secret.upload_id, token)
    if standing is None:
        standing = await _open_joined(door, request, joining, metadata, token)
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
    return await open_upload(door, upload, token, repeatable=True)


def _created(base: str, secret: UploadSecret, standing: Standing, offset: int) -> Answer:
    return Answer(201, (("Location", f"{base}/{secret.text}"), *progress_headers(standing, offset)))


async def _first_bytes(
    door: Door, request: Request, receive: Receive, secret: UploadSecret, checksum: Checksum | None
) -> int:
    """Take the first bytes in; where a creation is repeated, its client goes on from what was kept."""
    taken = await take(door, secret)
    if taken.standing.offset > 0 or taken.standing.received:
        return taken.standing.offset
    try:
        coming = take_in(door, request, receive, taken, checksum)
        return await keep_first(door, secret.upload_id, coming)
    except ChecksumMismatch:
        # Nothing of it was kept, and the client never learns of an address: it opens another, or asks again.
        if HEADER.lower() not in request.headers:
            await arrival.end(door, secret.upload_id, "terminated")
        raise
