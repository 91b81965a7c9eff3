"""Opening an upload: on the disk first, in the database second, and only then told to the client."""

import base64
import binascii

from evidence.errors import EvidenceError, NotFound
from evidence.media import door as media
from evidence.spool import Standing, Upload, UploadSecret
from intake import arrival
from intake.database import transaction
from intake.door import Door
from intake.http import Answer, Receive, Request
from intake.tus import protocol
from intake.tus.patch import Overflow, take_in
from intake.tus.upload import progress_headers

TOKEN_BYTES = 32


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


async def open_upload(door: Door, upload: Upload, token: bytes | None) -> Standing:
    """Create the upload in the spool and in the database; where either refuses, it is in neither."""
    standing = await door.threads.on_disk(door.spool.create, upload)
    try:
        await door.threads.in_database(_note, door, standing, token)
    except BaseException:
        await door.threads.on_disk(door.spool.remove, upload.id)
        raise
    return standing


def _note(door: Door, standing: Standing, token: bytes | None) -> None:
    with transaction(door.pool) as conn:
        media.open_upload(
            conn,
            standing.upload.id,
            token=token,
            max_files=door.settings.max_files_per_tip,
            expires_at=standing.expires_at,
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


def parse_token(value: bytes | None) -> bytes | None:
    """Read the token that binds an upload to its tip; raises `NotFound` for what cannot be one."""
    if value is None:
        return None
    try:
        token = base64.b64decode(value + b"=", altchars=b"-_", validate=True)
    except binascii.Error:
        token = b""
    if len(token) != TOKEN_BYTES:
        raise NotFound("This tip takes no more files; start a new one.", code="unknown_tip")
    return token
