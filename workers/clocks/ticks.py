"""What the clocks do at each tick."""

import logging
from collections.abc import Callable

from evidence import jobs
from evidence.db.connect import Connection
from evidence.errors import NotFound
from evidence.ledger import checkpoint
from evidence.ledger.witness import copy_out
from evidence.media.growing import forget, outgrown
from evidence.media.lease import unfinished
from evidence.media.locks import extended, to_extend
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
    """Remove jobs that are `doing` and that nobody does. The reconciler asks again for what is open.

    Their worker is dead; or it lives, was at the end of a job when the database went away, and could not say
    so. Then nobody holds the media, an hour after the job began; until it goes, it is in nobody's way.
    """

    def tick(conn: Connection) -> None:
        gone = conn.execute(
            "DELETE FROM procrastinate_jobs j WHERE status = 'doing' AND (NOT EXISTS ("
            "SELECT 1 FROM procrastinate_workers w WHERE w.id = worker_id"
            " AND w.last_heartbeat > now() - make_interval(secs => %(silent)s)"
            ") OR NOT EXISTS ("
            "SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started'"
            " AND e.at > now() - interval '1 hour'"
            ") AND NOT EXISTS ("
            "SELECT 1 FROM media m WHERE m.id = (j.args ->> 'media_id')::uuid AND m.leased_until > now()))",
            {"silent": silent_seconds},
        )
        if gone.rowcount:
            log.info("%d jobs that nobody does forgotten", gone.rowcount)

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


def forget_pieces(store: Store) -> Tick:
    """Remove the pieces of copies that stand as a whole by now, or that will never be made."""

    def tick(conn: Connection) -> None:
        for piece in outgrown(conn):
            store.remove_derivative(piece.object_key, piece.object_version)
            forget(conn, piece)

    return tick


def extend_locks(store: Store, settings: WorkerSettings) -> Tick:
    """Lock originals for longer that a case has taken, or whose citizen sent something later.

    The store comes first: what is on record was promised. Run twice, the lock is where it was.
    """

    def tick(conn: Connection) -> None:
        for lock in to_extend(conn, settings.retention, settings.case_lock_days):
            try:
                until = store.extend_lock(lock.object_key, lock.object_version, lock.until)
            except NotFound:  # `tipline verify` names it; it keeps no other from its lock
                log.warning("the lock of media %s cannot be found in the store", lock.media_id)
                continue
            with conn.transaction():
                extended(conn, lock, until)

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
