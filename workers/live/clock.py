"""The clock of what is made after a broadcast: one at a time in each worker, since nobody waits for it."""

import logging
import time
from collections.abc import Callable

import psycopg
from psycopg_pool import PoolTimeout

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Unavailable
from evidence.live.after import (
    Whole,
    claim_whole,
    due_marks,
    finish_whole,
    release_whole,
    renew_whole,
    tip_stands,
)
from evidence.media.lease import MAX_ATTEMPTS, LeaseLost
from evidence.media.progress import record_derivative
from workers.bench import Bench
from workers.inspect.examine import ToolFailedError
from workers.inspect.refusals import RefusedError
from workers.live import snapshot
from workers.live.whole import make
from workers.sandbox.launch import ToolStoppedError
from workers.scratch import room_in

log = logging.getLogger(__name__)

LEASE_SECONDS = 120.0


def after_broadcasts(bench: Bench) -> Callable[[Connection], None]:
    """Cut the frames that were marked, then make what is due of one broadcast after the other."""

    def tick(conn: Connection) -> None:
        for mark in due_marks(conn):
            with room_in(bench.scratch) as room:
                snapshot.cut(bench, conn, mark, room)
        while not bench.stopping.is_set() and (whole := claim_whole(conn, LEASE_SECONDS)):
            _take(bench, conn, whole)

    return tick


def _take(bench: Bench, conn: Connection, whole: Whole) -> None:
    """Make everything of one broadcast; what a tool could not do is tried again, then told and left."""
    if whole.attempt > MAX_ATTEMPTS:  # three workers died at this
        _give_up(conn, whole, "tool_failed", "The parts could not be joined.")
        return
    try:
        with room_in(bench.scratch) as room:
            for media, made in make(bench, conn, whole, room, _Pulse(bench, whole)):
                with conn.transaction():
                    if not tip_stands(conn, whole.tip_id):
                        raise LeaseLost
                    record_derivative(conn, whole.tip_id, media.id, made)
        finish_whole(conn, whole)
    except (ToolStoppedError, LeaseLost):
        release_whole(conn, whole, counted=False)
    except (Unavailable, psycopg.OperationalError, PoolTimeout):
        release_whole(conn, whole, counted=False)
        raise
    except (ToolFailedError, RefusedError) as failed:
        log.warning("broadcast %s is not joined at attempt %d", whole.session_id, whole.attempt)
        if whole.attempt < MAX_ATTEMPTS:
            release_whole(conn, whole, counted=True)
        else:
            code = failed.refusal.code if isinstance(failed, RefusedError) else "tool_failed"
            _give_up(conn, whole, code, str(failed))


def _give_up(conn: Connection, whole: Whole, code: str, sentence: str) -> None:
    with conn.transaction():
        finish_whole(conn, whole)
        ledger.append(conn, whole.tip_id, "not_made", "worker", {
            "session": str(whole.session_id), "stage": "joined", "code": code, "sentence": sentence,
        })  # fmt: skip


class _Pulse:
    """Says whether to stop, and holds on to the broadcast while it is asked."""

    def __init__(self, bench: Bench, whole: Whole) -> None:
        self._bench, self._whole = bench, whole
        self._renewed = time.monotonic()

    def __call__(self) -> bool:
        if self._bench.stopping.is_set():
            return True
        if time.monotonic() - self._renewed < LEASE_SECONDS / 4:
            return False
        self._renewed = time.monotonic()
        with self._bench.pool.connection() as conn:
            return not renew_whole(conn, self._whole, LEASE_SECONDS)
