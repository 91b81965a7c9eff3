"""Bytes that come in: from the connection into the spool, until the body ends or somebody interrupts."""

from collections.abc import Awaitable
from contextlib import closing
from dataclasses import replace
from uuid import UUID

from evidence.errors import Conflict, EvidenceError, TooLarge
from evidence.live import door as live
from evidence.live.refusals import LiveClosed
from evidence.spool import Standing, Superseded, Taken, UploadSecret
from evidence.telemetry.tracing import step
from intake.database import statement
from intake.door import Door
from intake.metrics import TAKE_OVERS
from intake.uploads import arrival
from intake.uploads.checksum import Checksum, ChecksumMismatch
from intake.uploads.growing import Growing, Reached
from intake.uploads.sizes import in_words
from intake.uploads.taking import take
from intake.wire.body import Body
from intake.wire.http import Receive, Request

# Proxies refuse more by default, and what a lost request costs is sent again.
LIVE_CHUNK_BYTES = 1024 * 1024


class OffsetMismatch(Conflict):
    """The client is not where the upload is: at `offset`, which is on the disk."""

    default_code = "offset_mismatch"

    def __init__(self, offset: int) -> None:
        super().__init__("The upload is at another offset; ask for it with HEAD and go on there.")
        self.offset = offset


class Overflow(TooLarge):
    """More bytes than were declared, or than one file may have."""

    default_code = "past_length"

    def __init__(self) -> None:
        super().__init__("This is more than the upload's length, or more than one file may have.")


class LiveChunkTooLarge(TooLarge):
    """More than staff wait for: what is watched while it grows comes in small requests."""

    default_code = "live_chunk"

    def __init__(self) -> None:
        super().__init__(f"Send at most {in_words(LIVE_CHUNK_BYTES)} of a broadcast in one request.")


async def refuse_past_end(door: Door, standing: Standing) -> None:
    """Refuse bytes after a received upload's end: as `LiveClosed` where it was cut, else as `Overflow`."""
    if standing.upload.live and await door.threads.in_database(_is_closed, door, standing.upload.id):
        raise LiveClosed
    raise Overflow


def _is_closed(door: Door, upload_id: UUID) -> bool:
    with statement(door.pool) as conn:
        return live.is_closed(conn, upload_id)


async def settle_length(door: Door, secret: UploadSecret, taken: Taken, length: int) -> Taken:
    """Settle a deferred length as the client names it now; it can never change again: `Conflict`.

    Where the upload is complete with it, the media exists when this returns. Raises `Superseded` where a
    newer request has come in between.
    """
    if length < taken.standing.offset:
        raise Conflict("The upload is longer than that already.", code="length_settled")
    if taken.standing.length is not None:
        if length != taken.standing.length:
            raise Conflict("The length of this upload is settled and cannot change.", code="length_settled")
        return taken
    await door.threads.on_disk(door.spool.declare_length, taken, length)
    settled = replace(taken, standing=replace(taken.standing, length=length))
    return await take(door, secret) if settled.standing.ripe else settled


async def take_in(
    door: Door,
    request: Request,
    receive: Receive,
    taken: Taken,
    checksum: Checksum | None = None,
    *,
    reached: Reached | None = None,
) -> int:
    """Read the request's body into the upload, and return the offset, which is on the disk by then.

    Where the upload is complete with it, the media exists when this returns. Raises what interrupted it;
    every byte that was written stays. With a `checksum` the body counts whole or not at all.
    `reached` is told offsets that are on the disk, as they are reached.
    """
    is_live = taken.standing.upload.live
    most = door.settings.most_live_bytes if is_live else door.settings.max_file_bytes
    end = taken.standing.length if taken.standing.length is not None else most
    room = end - taken.standing.offset
    announced = request.content_length
    if announced is not None and announced > room:
        raise Overflow
    if is_live and (announced is None or announced > LIVE_CHUNK_BYTES):
        raise LiveChunkTooLarge
    # A piece of some seconds mostly ends within a leaf, which is then read back: hash it once, not twice.
    coming_to = taken.standing.length if announced is None else taken.standing.offset + announced
    upload_id = taken.standing.upload.id
    coming = Body(receive, request=request, idle_seconds=door.settings.body_silence_seconds)
    with (
        step("receive", upload_id),
        closing(Growing(door.spool, taken, door.threads, reached, coming_to)) as growing,
        door.bodies.reading(coming, upload_id) as body,
    ):
        try:
            if checksum is None:
                await _pour(body, growing, room)
            else:
                await _pour_verified(door, body, growing, upload_id, room, checksum)
        except Superseded:
            TAKE_OVERS.inc()
            raise
        finally:
            if taken.standing.upload.length is None:
                door.guard.count_bytes(request, growing.position - taken.standing.offset)
        grown = replace(taken.standing, offset=growing.position)
        # What arrives is put on the disk as a whole, and not twice.
        await (growing.settle_leaves() if grown.ripe else growing.settle())
    if grown.ripe:
        await arrival.arrive(door, grown)
    return grown.offset


async def keep_first(door: Door, upload_id: UUID, coming: Awaitable[int]) -> int:
    """Await the first bytes of a new upload, and return the offset, which is on the disk.

    An upload that is interrupted here exists all the same: its client must learn the address, and goes on
    from what was kept. Raises what interrupted it where nothing but its end is missing, or none was kept.
    """
    try:
        return await coming
    except ChecksumMismatch:
        raise
    except EvidenceError:
        kept = await door.threads.on_disk(door.spool.settled, upload_id)
        if kept.ripe:
            raise
        return kept.offset


async def _pour(body: Body, growing: Growing, room: int) -> None:
    end = growing.position + room

    def take(piece: memoryview) -> Awaitable[None] | None:
        if growing.position + len(piece) > end:
            raise Overflow
        return growing.write(piece)

    try:
        await body.pour(take)
    except BaseException:
        await growing.settle()
        raise


async def _pour_verified(
    door: Door, body: Body, growing: Growing, upload_id: UUID, room: int, checksum: Checksum
) -> None:
    chunk = await door.threads.on_disk(door.spool.chunk, upload_id, checksum.algorithm)

    def take(piece: memoryview) -> Awaitable[None]:
        if chunk.size + len(piece) > room:
            raise Overflow
        return door.threads.on_disk(chunk.append, bytes(piece))

    try:
        await body.pour(take)
        if chunk.digest != checksum.digest:
            raise ChecksumMismatch
        while not chunk.moved:
            body.go_on()
            await growing.take_up(chunk)
    finally:
        await door.threads.on_disk(chunk.close)
