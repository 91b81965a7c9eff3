"""Turns: a worker takes one media at one stage, works on it, and writes the outcome down or gives it back.

The stage column is the truth; the job that called is a hint. So a turn begins by asking for a lease, which
refuses whatever is held by another, done already or set aside, and ends in one transaction under that lease's
fence. A worker that has a media at hand goes on with its next stage, as long as that is its lane's work: the
original need not be read again, and nobody waits for a queue.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from evidence import jobs
from evidence.db.connect import Connection
from evidence.errors import Unavailable
from evidence.media import LeaseLost, claim, finish_stage, get, set_aside
from evidence.media.lease import MAX_ATTEMPTS, Lease, release
from evidence.media.media import Media
from evidence.telemetry.tracing import step
from workers.bench import Bench, Done, Task, Work
from workers.heartbeat import Heartbeat
from workers.inspect.examine import ToolFailedError
from workers.inspect.refusals import Refusal, RefusedError
from workers.metrics import STAGE_SECONDS
from workers.sandbox.launch import ToolStoppedError
from workers.scratch import room_in

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Held:
    """A media under this worker's lease."""

    media: Media
    lease: Lease


def take_turns(
    bench: Bench, lane: jobs.Lane, works: Mapping[jobs.Task, Work], media_id: UUID, stage: jobs.Task
) -> None:
    """Do what `stage` asks of a media, if it still asks and nobody else is at it; then what is next.

    It ends where the next stage is another lane's, or none of `works`. Never raises for what a file or a tool
    did: that ends in a quarantine or in another attempt. A database that is away raises, and the reconciler
    asks again.
    """
    with room_in(bench.scratch) as room:
        with bench.pool.connection() as conn:
            held = _take(bench, conn, stage, media_id)
        while held:
            held = _turn(bench, lane, works, held, room)


def _turn(
    bench: Bench, lane: jobs.Lane, works: Mapping[jobs.Task, Work], held: Held, room: Path
) -> Held | None:
    lease = held.lease
    with step(lease.stage, held.media.upload_id, lane=lane, attempt=lease.attempt) as traced:
        following, traced.outcome = _taken(bench, lane, works, held, room)
    return following


def _taken(
    bench: Bench, lane: jobs.Lane, works: Mapping[jobs.Task, Work], held: Held, room: Path
) -> tuple[Held | None, str]:
    """Take one turn; what is held next, and what this came to."""
    media, lease = held.media, held.lease
    if lease.attempt > MAX_ATTEMPTS:  # three workers died at this, so none of them could say why
        _set_aside(bench, lease, Refusal("tool_failed"))
        STAGE_SECONDS.labels(lease.stage, "tool_failed").observe(0)
        return None, "tool_failed"
    began, outcome = time.monotonic(), "done"
    try:
        done = _worked(bench, media, lease, works[_task(lease)], room)
        following = _finish(bench, lease, done, lane, works)
    except RefusedError as refused:
        outcome = refused.refusal.code
        _set_aside(bench, lease, refused.refusal)
    except (ToolStoppedError, LeaseLost):
        outcome = "stopped"
        _give_back(bench, lease, counted=False)
    except (Unavailable, psycopg.OperationalError, PoolTimeout) as away:
        outcome = "waits"
        log.warning(
            "%s of media %s waits: %s", lease.stage, media.id, getattr(away, "code", type(away).__name__)
        )
        _give_back(bench, lease, counted=False)
    except Exception as failed:
        outcome = "failed"
        _failed(bench, lease, failed)
    else:
        done.afterwards()
        return following, outcome
    finally:
        STAGE_SECONDS.labels(lease.stage, outcome).observe(time.monotonic() - began)
    return None, outcome


def _take(bench: Bench, conn: Connection, stage: jobs.Task, media_id: UUID) -> Held | None:
    lease = claim(conn, media_id, stage, bench.settings.lease_seconds)
    return None if lease is None else Held(get(conn, media_id), lease)


def _worked(bench: Bench, media: Media, lease: Lease, work: Work, room: Path) -> Done:
    log.info("%s of media %s begins, attempt %d", lease.stage, media.id, lease.attempt)
    with Heartbeat(bench.pool, lease, bench.settings.lease_seconds) as pulse:
        task = Task(media, room, lambda: pulse.lost() or bench.stopping.is_set(), lease)
        task.clear()
        done = work(bench, task)
        if pulse.lost():
            raise LeaseLost
    return done


def _finish(
    bench: Bench, lease: Lease, done: Done, lane: jobs.Lane, works: Mapping[jobs.Task, Work]
) -> Held | None:
    """Write down what was done; and hold on to the media, if its next stage is this lane's too."""
    with bench.pool.connection() as conn:
        done.record(conn, lease)
        finish_stage(conn, lease, done.following)
        following = jobs.next_in(conn, lane, lease.media_id)
        held = _take(bench, conn, following, lease.media_id) if following and following in works else None
    log.info("%s of media %s is done", lease.stage, lease.media_id)
    return held


def _failed(bench: Bench, lease: Lease, failed: Exception) -> None:
    """Count the failure; the third sets the media aside. A tool may fail; anything else is our bug."""
    log.warning(
        "%s of media %s failed at attempt %d: %s",
        lease.stage, lease.media_id, lease.attempt, type(failed).__name__,
        exc_info=not isinstance(failed, ToolFailedError),
    )  # fmt: skip
    if lease.attempt >= MAX_ATTEMPTS:
        _set_aside(
            bench, lease, Refusal("tool_failed"), str(failed) if isinstance(failed, ToolFailedError) else ""
        )
    else:
        _give_back(bench, lease, counted=True)


def _set_aside(bench: Bench, lease: Lease, refusal: Refusal, reason: str = "") -> None:
    try:
        with bench.pool.connection() as conn:
            sentence = f"{refusal.sentence} {reason}".strip()
            set_aside(conn, lease, refusal.code, sentence, harmful=refusal.harmful)
    except LeaseLost:
        log.info("media %s is another worker's to judge", lease.media_id)
    else:
        log.info("%s of media %s is given up: %s", lease.stage, lease.media_id, refusal.code)


def _give_back(bench: Bench, lease: Lease, *, counted: bool) -> None:
    """Let the lease go. A counted failure is tried again at once, the reconciler asks for the rest.

    It waits for a database that is away: a lease that runs out by itself counts as a failure of the file's.
    """
    while not _given_back(bench, lease, counted=counted) and not bench.stopping.wait(_AGAIN_SECONDS):
        pass


def _given_back(bench: Bench, lease: Lease, *, counted: bool) -> bool:
    try:
        with bench.pool.connection() as conn:
            release(conn, lease, counted=counted)
            if counted:
                jobs.enqueue(conn, _task(lease), lease.media_id)
    except (psycopg.OperationalError, PoolTimeout) as away:
        log.warning("lease of media %s waits for the database: %s", lease.media_id, type(away).__name__)
        return False
    return True


def _task(lease: Lease) -> jobs.Task:
    if lease.stage == "done":
        raise ValueError("nobody works on what is done")
    return lease.stage
