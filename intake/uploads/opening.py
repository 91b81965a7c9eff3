"""Opening an upload: on the disk first, in the database second, and only then told to the client.

Or finding it: a `repeatable` one follows from what was asked (from its parts, or from an `Idempotency-Key`),
so that whoever asks again, because the answer was lost, asks for the same one.
"""

import base64
import binascii
from uuid import UUID

from evidence.errors import EvidenceError, Gone, NotFound
from evidence.media import door as media
from evidence.spool import Standing, Upload
from evidence.tips.door import TOKEN_BYTES
from intake.database import DatabaseAway, statement
from intake.door import Door


async def find_upload(door: Door, upload_id: UUID, token: bytes | None) -> Standing | None:
    """Find an upload that the same request opened before; None where there is none yet.

    Raises `Gone` where it has ended: what a client wants sent again then, it opens anew.
    """
    return await door.threads.in_database(_find, door, upload_id, token)


def _find(door: Door, upload_id: UUID, token: bytes | None) -> Standing | None:
    standing = _look(door, upload_id)
    if standing is None:
        with statement(door.pool) as conn:
            if media.upload_state(conn, upload_id) in (None, "open"):
                return None
        # The same request on another line may have opened it, and brought it whole, between the two looks.
        standing = _look(door, upload_id)
    if standing is None:
        raise Gone("This upload has ended.", code="upload_ended")
    if not (standing.received or standing.upload.partial):
        _note_missed(door, standing, token)
    return standing


def _look(door: Door, upload_id: UUID) -> Standing | None:
    try:
        return door.spool.look(upload_id)
    except NotFound:
        return None


async def open_upload(
    door: Door, upload: Upload, token: bytes | None, *, repeatable: bool = False
) -> Standing:
    """Create the upload in the spool and in the database; where either refuses, it is in neither.

    A partial upload is in the spool alone: it becomes no media, and what joins it counts as the tip's file.
    A `repeatable` one may be in other hands as well, or there already: nothing is undone, it expires.
    """
    if upload.partial:
        return await door.threads.on_disk(door.spool.create, upload, repeatable=repeatable)
    return await door.threads.in_database(_open, door, upload, token, repeatable=repeatable)


def _open(door: Door, upload: Upload, token: bytes | None, *, repeatable: bool) -> Standing:
    standing = door.spool.create(upload, repeatable=repeatable)
    try:
        _note(door, standing, token, repeatable=repeatable)
    except DatabaseAway:
        # It may have the upload all the same; nobody knows now. Kept, it ends in both when its time is over.
        raise
    except BaseException:
        if not repeatable:
            door.spool.remove(upload.id)
        raise
    return standing


def _note_missed(door: Door, standing: Standing, token: bytes | None) -> None:
    """Note an upload that the spool has: whoever opened it may have been killed before the database heard."""
    with statement(door.pool) as conn:
        missed = media.upload_state(conn, standing.upload.id) is None
    if missed:
        _note(door, standing, token, repeatable=True)


def _note(door: Door, standing: Standing, token: bytes | None, *, repeatable: bool) -> None:
    upload_id = standing.upload.id
    with statement(door.pool) as conn:
        try:
            media.open_upload(
                conn,
                upload_id,
                token=token,
                max_files=door.settings.max_files_per_tip,
                expires_at=standing.expires_at,
            )
        except EvidenceError:
            # The same request on another line may just have noted it, and be the last that the tip takes.
            if not repeatable or media.upload_state(conn, upload_id) is None:
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
