"""What the clocks do at each tick."""

import logging
from collections.abc import Callable

from evidence import jobs
from evidence.db.connect import Connection
from evidence.ledger import checkpoint
from evidence.ledger.witness import copy_out
from evidence.media.lease import unfinished
from evidence.spool import Spool
from evidence.storage.disk import settle
from evidence.storage.store import Store
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)

Tick = Callable[[Connection], None]


def reconcile(conn: Connection) -> None:
    """Ask again for every media that is not done and that nobody holds, whatever became of its job."""
    with conn.transaction():
        for media_id, stage in unfinished(conn):
            if stage != "done":
                jobs.enqueue(conn, stage, media_id)


def forget_stalled_jobs(silent_seconds: int) -> Tick:
    """Remove jobs that a dead worker left `doing`. The reconciler asks again for what is open."""

    def tick(conn: Connection) -> None:
        gone = conn.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND NOT EXISTS ("
            "SELECT 1 FROM procrastinate_workers w WHERE w.id = worker_id"
            " AND w.last_heartbeat > now() - make_interval(secs => %s))",
            [silent_seconds],
        )
        if gone.rowcount:
            log.info("%d jobs of dead workers forgotten", gone.rowcount)

    return tick


def checkpoints(store: Store, settings: WorkerSettings) -> Tick:
    """Sign a head over the entries that came since the last, and copy what the bucket does not have yet."""

    def tick(conn: Connection) -> None:
        with conn.transaction():
            checkpoint.take(conn, settings.signing_key)
        for witness in checkpoint.uncopied(conn):
            copy_out(store, witness)
            checkpoint.note_copied(conn, witness.checkpoint)

    return tick


def let_go_of_sealed(spool: Spool, settings: WorkerSettings) -> Tick:
    """Remove spool files of sealed originals whose worker died between its commit and the removal."""

    def tick(conn: Connection) -> None:
        sealed = conn.execute(
            "SELECT upload_id FROM media WHERE upload_id = ANY(%s) AND sha256 IS NOT NULL", [spool.held()]
        ).fetchall()
        if sealed and settings.store_disk is not None:
            settle(settings.store_disk)
        for (upload_id,) in sealed:
            spool.release(upload_id)

    return tick
