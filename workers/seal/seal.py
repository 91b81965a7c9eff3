"""The first stage: check the leaves, lock the original away, and leave nothing of it in the spool.

The order is the promise: the store has verified its SHA-256; its disk has the bytes; Postgres has `sealed`;
then, and not before, the spool file goes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence.db.connect import Connection
from evidence.media import Lease, Media, mark_sealed
from evidence.spool import Examined
from evidence.storage.disk import settle
from evidence.storage.original import Original
from evidence.thread.statement import Statement, keep
from workers.bench import Bench, Done, Task
from workers.inspect.refusals import RefusedError
from workers.metrics import BYTES_SEALED
from workers.originals import object_key, taken_along
from workers.settings import WorkerSettings


def seal(bench: Bench, task: Task) -> Done:
    """Put a media's original under Object Lock.

    Raises `RefusedError` (`leaves_mismatch`, `spool_missing`), after which the spool keeps what it has;
    `Unavailable` where the store is away.
    """
    media = task.media
    with taken_along(task) as take:
        examined = checked(bench, media, take)
    until = retain_until(media, bench.settings, datetime.now(UTC))
    stored = bench.store.put_original(
        object_key(media),
        Original(
            path=bench.spool.bytes_path(media.upload_id),
            size=examined.size,
            sha256=examined.sha256,
            retain_until=until,
            mode=bench.settings.retention.mode,
        ),
    )
    BYTES_SEALED.inc(examined.size)
    if bench.settings.store_disk is not None:
        settle(bench.settings.store_disk)
    stated = Statement.sign(
        sha256=examined.sha256,
        size=examined.size,
        received_at=media.received_at,
        sealed_at=datetime.now(UTC),
        signing_key=bench.settings.signing_key,
    )

    def record(conn: Connection, lease: Lease) -> None:
        mark_sealed(
            conn, lease, sha256=examined.sha256, size=examined.size, stored=stored, retain_until=until
        )
        keep(conn, media.id, stated)

    return Done(
        following="inspect",
        record=record,
        afterwards=lambda: let_go(bench, media.upload_id),
    )


def checked(bench: Bench, media: Media, hand_on: Callable[[memoryview], object]) -> Examined:
    """Read the spool file once; what it is must be what arrived, leaf by leaf. Raises `RefusedError`."""
    try:
        examined = bench.spool.examine(media.upload_id, hand_on)
    except FileNotFoundError:
        raise RefusedError("spool_missing") from None
    arrived = (media.size, media.leaves_sha256)
    if (examined.size, examined.leaves_sha256) != arrived:
        raise RefusedError("leaves_mismatch")
    return examined


def retain_until(media: Media, settings: WorkerSettings, now: datetime) -> datetime:
    """Until when the store must keep an original: counted from its arrival, the same on every run."""
    return max(media.received_at + timedelta(days=settings.retention.days), now + timedelta(days=1))


def let_go(bench: Bench, upload_id: UUID) -> None:
    """Remove the spool's copy of an original that is sealed; safe to repeat, and repeated by a clock."""
    bench.spool.release(upload_id)
