"""Ending one tip, step by step; killed anywhere, the next run finishes it."""

import logging
from dataclasses import dataclass
from uuid import UUID

from evidence.db.connect import Connection
from evidence.media import purging
from evidence.settings import Retention
from evidence.spool import Spool
from evidence.storage.disk import settle
from evidence.storage.removal import remove_all
from evidence.storage.store import Store
from workers.expire.settings import ExpireSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shredder:
    """What it takes to end tips. `conn` of every method is in autocommit."""

    settings: ExpireSettings
    store: Store
    spool: Spool

    @property
    def retention(self) -> Retention:
        """How long tips are kept."""
        return self.settings.retention

    def end(self, conn: Connection, tip_id: UUID) -> str | None:
        """End a tip, where it is to end now and nobody else is at it; return why.

        Raises `Conflict` (`still_locked`), `Unavailable` or OSError: it stays begun, and is taken up again
        when this lease is over.
        """
        with conn.transaction():
            why = purging.begin(conn, tip_id, self.retention)
        if why is None or not purging.claim(conn, tip_id, self.settings.lease_seconds):
            return None
        log.info("the end of tip %s begins: %s", tip_id, why)
        self.empty(conn, tip_id)
        self._settle()
        with conn.transaction():
            done = purging.finish(conn, tip_id)
        if not done:
            return None
        log.info("tip %s is deleted", tip_id)
        return why

    def empty(self, conn: Connection, tip_id: UUID) -> int:
        """Take everything of a tip out of store and spool; return how many objects there were."""
        belongings = purging.belongings(conn, tip_id)
        for upload_id in belongings.uploads:
            self.spool.remove(upload_id)
        places = [(self.store.derivatives, place) for place in sorted(belongings.derivatives)]
        places += [(self.store.originals, place) for place in sorted(belongings.originals)]
        return sum(remove_all(self.store, bucket, place) for bucket, place in places)

    def look_again(self, conn: Connection, tip_id: UUID) -> int:
        """Remove what a worker that had frozen wrote after a tip's end; return how many objects that was."""
        found = self.empty(conn, tip_id)
        if found:
            self._settle()
            log.warning("tip %s had %d objects after its end, and has them no more", tip_id, found)
        purging.looked(conn, tip_id)
        return found

    def _settle(self) -> None:
        if self.settings.store_disk is not None:
            settle(self.settings.store_disk)
