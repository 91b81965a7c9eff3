"""The process: a clock that ends what is to end, and one that looks again."""

import logging
import signal
from threading import Event

from evidence.db.connect import Connection, connect
from evidence.errors import Conflict, EvidenceError
from evidence.media import purging
from evidence.spread.opening import open_spool
from evidence.storage.store import Store
from evidence.telemetry.logs import speak
from evidence.telemetry.metrics import Asked, served
from workers.clocks.clock import Clock
from workers.expire import metrics
from workers.expire.purge import Shredder
from workers.expire.settings import ExpireSettings

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 60.0


def run(settings: ExpireSettings) -> None:
    """Delete until SIGTERM or SIGINT; what is under way is finished by whoever comes next."""
    speak("expire", settings.telemetry.log)
    over, shredder = Event(), shredder_of(settings)
    # Blocked before any thread starts, so that all have it blocked and this one alone waits for it.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    asked = Asked(lambda: connect(settings.database_url), metrics.waiting(settings.retention))
    with served(metrics.REGISTRY, settings.telemetry, asked):
        for name, seconds, tick in (
            ("deletion", float(settings.look_seconds), lambda conn: end_due(shredder, conn, over)),
            ("second look", LOOK_AGAIN_SECONDS, lambda conn: look_again(shredder, conn, over)),
        ):
            Clock(name, seconds, settings.database_url, tick, over).start()
        log.info("tips are kept for %d days", settings.retention.days)
        signal.sigwait(ends)
        over.set()


def shredder_of(settings: ExpireSettings) -> Shredder:
    """Everything a tick needs."""
    return Shredder(settings, Store.connect(settings.store), open_spool(settings.spool, settings.store))


def end_due(shredder: Shredder, conn: Connection, over: Event) -> None:
    """End every tip that is to end; one that cannot yet keeps no other waiting."""
    for tip_id in purging.due(conn, shredder.retention):
        if over.is_set():
            return
        try:
            why = shredder.end(conn, tip_id)
        except (EvidenceError, OSError) as failed:
            outcome = "locked" if isinstance(failed, Conflict) else "waits"
            metrics.PURGES.labels(outcome).inc()
            log.warning("tip %s is not deleted yet: %s", tip_id, getattr(failed, "code", failed))
        else:
            if why:
                metrics.PURGES.labels(why).inc()


def look_again(shredder: Shredder, conn: Connection, over: Event) -> None:
    """Look through the store for what came after the end, and cut what still leads to an ended tip."""
    ended = purging.to_look_again(conn)
    for tip_id in ended:
        if over.is_set():
            return
        metrics.LATE_OBJECTS.inc(shredder.look_again(conn, tip_id))
    if ended:
        purging.unlink_texts(conn)
