"""Opening an upload: on the disk first, in the database second, and only then told to the client."""

import base64
import binascii

from evidence.errors import NotFound
from evidence.media import door as media
from evidence.media.door import UploadKnown
from evidence.spool import Standing, Upload
from intake.database import statement
from intake.door import Door

TOKEN_BYTES = 32


async def open_upload(door: Door, upload: Upload, token: bytes | None) -> Standing:
    """Create the upload in the spool and in the database; where either refuses, it is in neither.

    A partial upload is in the spool alone: it becomes no media, and what joins it counts as the tip's file.
    """
    if upload.partial:
        return await door.threads.on_disk(door.spool.create, upload)
    return await door.threads.in_database(_open, door, upload, token)


def _open(door: Door, upload: Upload, token: bytes | None) -> Standing:
    standing = door.spool.create(upload)
    try:
        _note(door, standing, token)
    except BaseException:
        # One that joins parts may be in other hands as well; unknown to the database, it expires.
        if not upload.parts:
            door.spool.remove(upload.id)
        raise
    return standing


async def note_upload(door: Door, standing: Standing, token: bytes | None) -> None:
    """Note an upload of the spool in the database; one that joins parts may be noted there already."""
    await door.threads.in_database(_note, door, standing, token)


def _note(door: Door, standing: Standing, token: bytes | None) -> None:
    try:
        with statement(door.pool) as conn:
            if standing.upload.parts and media.upload_state(conn, standing.upload.id) is not None:
                return
            media.open_upload(
                conn,
                standing.upload.id,
                token=token,
                max_files=door.settings.max_files_per_tip,
                expires_at=standing.expires_at,
            )
    except UploadKnown:
        if not standing.upload.parts:
            raise


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
