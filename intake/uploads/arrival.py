"""From the last byte to the media: in one transaction, by whoever notices first, as often as it takes."""

import asyncio
import json
import logging
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import Gone, NotFound, Unavailable
from evidence.media import door as media
from evidence.media.door import HowEnded, UploadState
from evidence.seal import seal_to
from evidence.spool import DiskFull, Standing, Upload
from evidence.telemetry import tracing
from intake.database import statement
from intake.door import Door
from intake.fault import note_fault
from intake.metrics import RECEIVED
from intake.wire.body import Stopping

log = logging.getLogger("tipline.intake")

RECONCILE_SECONDS = 15.0
_LEFT_BEHIND_AFTER = timedelta(hours=1)


def seal_name(agency_public_key: bytes, name: str, media_type: str) -> bytes:
    """Seal what a file is called, and what its sender calls its type, for the agency alone."""
    plaintext = json.dumps({"name": name, "type": media_type}, ensure_ascii=False).encode()
    return seal_to(agency_public_key, plaintext)


async def arrive(door: Door, standing: Standing) -> None:
    """Make a complete upload a media; from then on its offset may be told.

    Raises `DatabaseAway` (ask again: nothing is lost), or `NotFound` where the upload has ended.
    """
    await door.threads.in_database(_arrive, door, standing)


def _arrive(door: Door, standing: Standing) -> None:
    upload = standing.upload
    try:
        leaves_sha256 = door.spool.complete(upload.id, standing.offset)
    except FileNotFoundError:
        # Somebody else finished it, and a worker sealed it already; or it was ended.
        if door.spool.look(upload.id).received:
            return
        raise
    with statement(door.pool) as conn:
        finish_in(conn, standing, leaves_sha256)
    _note_received(door, upload)


def _note_received(door: Door, upload: Upload) -> None:
    """Let the bytes of the upload's parts go, then mark it: without the mark this is done again.

    The parts' sidecars stay until they expire. A client that was killed before it read the answer asks for
    its parts first: they must not seem lost to it, or the same file is sent twice.
    """
    for part in upload.parts:
        door.spool.release(part)
    door.spool.mark_received(upload.id)


def finish_in(conn: Connection, standing: Standing, leaves_sha256: bytes) -> UUID:
    """Finish a complete upload in the caller's transaction."""
    media_id = media.finish_upload(
        conn,
        standing.upload.id,
        size=standing.offset,
        leaves_sha256=leaves_sha256,
        sealed_name=standing.upload.sealed_name,
    )
    RECEIVED.inc()
    tracing.uploaded(standing.upload.id, standing.upload.created_at)
    return media_id


async def state_of(door: Door, upload_id: UUID) -> UploadState | None:
    """Ask the database about an upload that the spool does not know any more."""
    return await door.threads.in_database(_state, door, upload_id)


def _state(door: Door, upload_id: UUID) -> UploadState | None:
    with statement(door.pool) as conn:
        return media.upload_state(conn, upload_id)


async def end(door: Door, upload_id: UUID, how: HowEnded) -> bool:
    """End an unfinished upload and forget its bytes; False where it was received already."""
    ended = await door.threads.in_database(_end, door, upload_id, how)
    if ended:
        await door.threads.on_disk(door.spool.remove, upload_id)
    return ended


def _end(door: Door, upload_id: UUID, how: HowEnded) -> bool:
    with statement(door.pool) as conn:
        # An upload the database never heard of belongs to a creation that failed half-way.
        return media.end_upload(conn, upload_id, how) or media.upload_state(conn, upload_id) is None


async def keep_what_came(door: Door, upload_id: UUID) -> None:
    """Take a live upload from whoever has it and make it a media as it is; one without a byte just ends.

    Raises `Superseded` or `Busy` where somebody is just taking it over, or as `arrive`.
    """
    door.bodies.take_over(upload_id)
    standing = await door.threads.on_disk(door.spool.cut, upload_id)
    if standing.damaged or standing.offset == 0:
        await end(door, upload_id, "expired" if standing.damaged else "terminated")
    else:
        await arrive(door, standing)


async def join(door: Door, standing: Standing) -> Standing:
    """Join an upload's parts, from wherever that was left; its media is not made by this.

    Raises `NotFound` where a part is gone, `DiskFull` (the room for the copy is asked for first), or
    `Stopping`: to be gone on with.
    """
    if standing.complete:
        return standing
    upload = standing.upload
    await door.threads.on_disk(door.spool.require_room, (standing.length or 0) - standing.offset)
    try:
        await door.threads.at_length(_join, door, upload)
    except FileNotFoundError:
        # Parts go once the upload is whole; a request beside this one may just have made it so.
        now = await door.threads.on_disk(door.spool.look, upload.id)
        if not now.complete:
            raise NotFound(
                "A part of this upload has ended; send its bytes again.", code="unknown_part"
            ) from None
    return await door.threads.on_disk(door.spool.look, upload.id)


def _join(door: Door, upload: Upload) -> None:
    for _ in door.spool.join(upload):
        if door.bodies.stopping:
            raise Stopping


async def reconcile_forever(door: Door) -> None:
    """Finish what a killed process left complete, and end what has expired, until cancelled.

    Beside N others each looks an Nth as often, at times that drift apart: together they cost what one does,
    and one that is stopped holds nothing that the others wait for.
    """
    while True:
        try:
            await reconcile(door)
        except Unavailable:
            log.warning("The database is away; complete uploads wait in the spool.")
        except Exception as error:
            note_fault("the look through the spool", error)
        await asyncio.sleep(RECONCILE_SECONDS * door.settings.processes * random.uniform(0.5, 1.5))  # noqa: S311 (no secret)


async def reconcile(door: Door) -> None:
    """Look through the spool once; safe beside requests, and beside other processes doing the same."""
    now = datetime.now(UTC)
    for standing in await door.threads.on_disk(lambda: list(door.spool.unfinished())):
        try:
            await _settle(door, standing, now)
        except Unavailable:
            raise
        except DiskFull:
            log.warning("The spool's disk is full; an upload waits for room to be settled.")
        except Exception as error:
            # One upload that cannot be settled must not keep all the others from it.
            note_fault("settling an upload", error)
    await door.threads.on_disk(door.spool.sweep_received, now)
    await door.threads.on_disk(door.spool.sweep_drafts, _LEFT_BEHIND_AFTER)
    # As long as an upload lives, its creation may be repeated.
    await door.threads.on_disk(door.spool.sweep_strays, door.settings.upload_lifetime + _LEFT_BEHIND_AFTER)


async def _settle(door: Door, standing: Standing, now: datetime) -> None:
    upload_id = standing.upload.id
    if standing.received:
        await door.threads.on_disk(_note_received, door, standing.upload)
        return
    # Unknown to the database: a form that is still being read, or a creation that was killed half-way.
    with suppress(NotFound):
        if standing.upload.parts and await state_of(door, upload_id) == "open":
            try:
                standing = await join(door, standing)
            except DiskFull:
                log.warning("Parts wait to be joined until the spool's disk has room.")
        if standing.ripe:
            await arrive(door, standing)
            return
    if standing.expires_at > now or await _gone_on_with(door, upload_id):
        return
    if standing.upload.live:
        with suppress(NotFound):
            await keep_what_came(door, upload_id)
            return
    if not await end(door, upload_id, "expired"):
        await door.threads.on_disk(door.spool.mark_received, upload_id)


async def _gone_on_with(door: Door, upload_id: UUID) -> bool:
    """Whether an upload that had expired lives again: who had it in hand wrote, while others were settled."""
    try:
        await door.threads.on_disk(door.spool.look, upload_id)
    except (Gone, NotFound):
        return False
    return True
