"""The door's clock: what a second of time, the spool's sizes, and staff's stop mean for broadcasts.

Each process has one, and all do the same; one query a second, which finds nothing where nothing is live.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from uuid import UUID

from evidence.errors import EvidenceError, NotFound, Unavailable
from evidence.live import door as live
from evidence.live.door import Ticked
from evidence.spool import Busy, DiskFull, Superseded
from intake.database import statement
from intake.door import Door
from intake.fault import note_fault
from intake.uploads import arrival

log = logging.getLogger("tipline.intake")

TICK_SECONDS = 1.0
# Those that have only ended wait for their senders, for days perhaps: at each so many-th tick.
_WHOLE_EVERY = 10
# Who takes an upload over again and again is refused from the first round on, and wins a few at most.
_ROUNDS = 5


async def tick_forever(door: Door) -> None:
    """Tick until cancelled."""
    away = False
    for number in count():
        try:
            await tick(door, whole=number % _WHOLE_EVERY == 0)
            away = False
        except Unavailable:
            if not away:
                log.warning("The database is away; broadcasts go on without a clock.")
            away = True
        except Exception as error:
            note_fault("the clock of broadcasts", error)
        await asyncio.sleep(TICK_SECONDS)


async def tick(door: Door, *, whole: bool) -> None:
    """Look once; safe beside requests, and beside other processes doing the same."""
    sessions = await door.threads.in_database(_tick, door, whole)
    closing = [session for session in sessions if session.closed]
    # From here on this process takes no byte more of these, so that nobody can hold up what follows.
    door.closed.clear()
    door.closed.update(*(session.open for session in closing), *(session.gone for session in closing))
    for session in closing:
        await _settle(door, session)
    for session in sessions:
        if not session.closed:
            await _limit(door, session)


def _tick(door: Door, whole: bool) -> list[Ticked]:
    with statement(door.pool) as conn:
        return live.tick(conn, whole=whole, upload_hours=door.settings.upload_hours)


async def _settle(door: Door, session: Ticked) -> None:
    for upload_id in session.open:
        try:
            await _keep(door, upload_id)
        except Unavailable:
            raise
        except DiskFull:
            log.warning("The spool's disk is full; a broadcast waits for room to be settled.")
        except EvidenceError as refusal:
            log.warning("A part of a broadcast is to be settled later: %s.", refusal.code)
        except Exception as error:
            note_fault("settling a part of a broadcast", error)
    for upload_id in session.gone:
        # Its writers are told by the cut: a file that is only removed would go on to grow unseen.
        with suppress(NotFound, Busy, Superseded):
            door.bodies.take_over(upload_id)
            await door.threads.on_disk(door.spool.cut, upload_id)
            await door.threads.on_disk(door.spool.remove, upload_id)


async def _keep(door: Door, upload_id: UUID) -> None:
    for _ in range(_ROUNDS):
        with suppress(Busy, Superseded):
            try:
                await arrival.keep_what_came(door, upload_id)
            except NotFound:
                # In the database alone: there never was a byte of it, or its tip was just taken back.
                await arrival.end(door, upload_id, "terminated")
            door.closed.discard(upload_id)  # whoever asks now is told how far it came
            return


async def _limit(door: Door, session: Ticked) -> None:
    """End a session that is silent, close one that is over its bytes."""
    size, touched = await door.threads.on_disk(_grown, door, session.open)
    if session.size + size > session.max_bytes:
        await _stop(door, session.session_id, "limit")
    silent_for = min(session.silent_for, time.time() - touched)
    if session.live and silent_for > door.settings.live_silence_seconds:
        await _stop(door, session.session_id, "silence")


def _grown(door: Door, uploads: Iterable[UUID]) -> tuple[int, float]:
    """How many bytes of these uploads the spool has, and when the last came (seconds since 1970)."""
    size, touched = 0, 0.0
    for upload_id in uploads:
        with suppress(FileNotFoundError):
            grown, at = door.spool.progress(upload_id)
            size, touched = size + grown, max(touched, at)
    return size, touched


async def _stop(door: Door, session_id: UUID, how: live.HowStopped) -> None:
    def stop() -> None:
        with statement(door.pool) as conn:
            live.stop(conn, session_id, how)

    await door.threads.in_database(stop)
