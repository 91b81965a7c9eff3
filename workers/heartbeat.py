"""Holding a lease while the work is under way: a thread renews it, and says so when it could not."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

import psycopg
from psycopg_pool import PoolTimeout

from evidence.db.connect import Pool
from evidence.media import Lease, LeaseLost, renew

log = logging.getLogger(__name__)


class Heartbeat:
    """Renews a lease three times in its length, from `with` to its end.

    `lost` turns true when another worker took over, or when the database was away for longer than the lease
    lasts: from then on nothing made under it may be written down. (The fence would refuse it in any case;
    this saves the work.)
    """

    def __init__(self, pool: Pool, lease: Lease, seconds: float) -> None:
        self._pool = pool
        self._lease = lease
        self._seconds = seconds
        self._over = Event()
        self._lost = Event()
        self._thread = Thread(target=self._beat, name=f"lease of {lease.media_id}", daemon=True)

    @property
    def lost(self) -> Callable[[], bool]:
        """Ask whether the lease is gone."""
        return self._lost.is_set

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        renewed = monotonic()
        while not self._over.wait(self._seconds / 3):
            try:
                with self._pool.connection() as conn:
                    renew(conn, self._lease, self._seconds)
                renewed = monotonic()
            except LeaseLost:
                self._lost.set()
                return
            except (psycopg.Error, PoolTimeout) as away:
                log.warning("lease of media %s not renewed: %s", self._lease.media_id, type(away).__name__)
                if monotonic() - renewed > self._seconds:
                    self._lost.set()
                    return
