"""Ends a worker that looks alive and takes no more work.

procrastinate's heartbeat has been seen to die while the process went on (research: a database away for a
minute). The supervisor starts a fresh worker; what was under way is taken over when its lease runs out.
"""

import logging
import os
from collections.abc import Callable
from threading import Event, Thread

import psycopg
from psycopg_pool import PoolTimeout

from evidence.db.connect import Pool

log = logging.getLogger(__name__)

EXIT_STATUS = 75
"""EX_TEMPFAIL, sysexits(3): start me again."""
_LOOK_SECONDS = 5.0


class Watchdog(Thread):
    """Looks at this worker's own heartbeat in the database; `worker_id` is None until it has registered."""

    def __init__(
        self, pool: Pool, worker_id: Callable[[], int | None], silent_seconds: float, over: Event
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._pool = pool
        self._worker_id = worker_id
        self._silent_seconds = silent_seconds
        self._over = over

    def run(self) -> None:
        """Look until the process ends, and end it where it must. A database that is away is no reason."""
        while not self._over.wait(_LOOK_SECONDS):
            worker_id = self._worker_id()
            if worker_id is not None and self._is_silent(worker_id) and not self._over.is_set():
                log.error("this worker's heartbeat has stopped; the process ends to be started anew")
                os._exit(EXIT_STATUS)

    def _is_silent(self, worker_id: int) -> bool:
        try:
            with self._pool.connection() as conn:
                beats = conn.execute(
                    "SELECT last_heartbeat > now() - make_interval(secs => %s) FROM procrastinate_workers"
                    " WHERE id = %s",
                    [self._silent_seconds, worker_id],
                ).fetchone()
        except (psycopg.Error, PoolTimeout):
            return False
        return beats != (True,)
