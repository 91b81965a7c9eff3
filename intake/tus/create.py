"""POST: an upload opened, with its first bytes where the client sends them along."""

from evidence.errors import EvidenceError
from evidence.spool import Standing, Upload, UploadSecret
from intake.door import Door
from intake.tus import protocol
from intake.tus.upload import progress_headers
from intake.uploads import arrival
from intake.uploads.opening import open_upload, parse_token
from intake.uploads.receiving import Overflow, take_in
from intake.wire.http import Answer, Receive, Request


async def create(door: Door, request: Request, receive: Receive, prefix: str) -> Answer:
    """Open an upload, with its first bytes where the client sends them along (creation-with-upload)."""
    wanted = protocol.parse_creation(request.headers, max_bytes=door.settings.max_file_bytes)
    token = parse_token(wanted.metadata.get("tip"))
    with_upload = request.content_length != 0
    if with_upload:
        protocol.require_content_type(request.content_type)
        if wanted.length is not None and (request.content_length or 0) > wanted.length:
            raise Overflow
    secret = UploadSecret.new()
    standing = await open_upload(door, _describe(door, secret, wanted), token)
    offset = 0
    if standing.complete:
        await arrival.arrive(door, standing)
    elif with_upload:
        offset = await _first_bytes(door, request, receive, standing)
    location = f"{request.scope.get('root_path', '')}{prefix}/{secret.text}"
    return Answer(201, (("Location", location), *progress_headers(standing, offset)))


def _describe(door: Door, secret: UploadSecret, wanted: protocol.Creation) -> Upload:
    # HEAD answers the metadata; the tip's token is not to come back with it.
    shown = {key: value for key, value in wanted.metadata.items() if key != "tip"}
    return Upload.new(
        secret,
        length=wanted.length,
        lifetime=door.settings.upload_lifetime,
        sealed_name=arrival.seal_name(
            door.settings.agency_public_key,
            wanted.metadata.get("filename", b"").decode(errors="replace"),
            wanted.metadata.get("filetype", b"").decode(errors="replace"),
        ),
        metadata=wanted.raw_metadata if shown == wanted.metadata else protocol.format_metadata(shown),
    )


async def _first_bytes(door: Door, request: Request, receive: Receive, standing: Standing) -> int:
    """Take the first bytes in. An upload that is interrupted here exists all the same: the client must
    learn its address, and goes on from what was kept."""
    taken = await door.threads.on_disk(door.spool.take, standing.upload.id)
    try:
        return await take_in(door, request, receive, taken)
    except EvidenceError:
        kept = await door.threads.on_disk(door.spool.look, standing.upload.id)
        if kept.complete and not kept.received:
            raise
        return kept.offset
