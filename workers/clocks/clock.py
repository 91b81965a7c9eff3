"""A thread that does something every few seconds, in whichever worker holds its lock.

Not procrastinate's periodic tasks: those live in the queue, and the reconciler must work when the queue does
not.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

import psycopg
from psycopg_pool import PoolTimeout

from evidence.db.connect import Connection, connect
from evidence.errors import EvidenceError

log = logging.getLogger(__name__)

_HOUSE = 0x7469706C
"""`tipl`: the first of the two numbers of every advisory lock of ours, lest they meet another program's."""


class Clock(Thread):
    """Calls `tick(conn)` every `seconds` while this process holds the lock `number`; one lock is one kind of
    clock.

    `conn` is the clock's own connection in autocommit: a tick opens the transactions it needs. What a tick
    raises is logged and tried again at the next; a lost connection, and the lock with it, is opened anew.
    """

    def __init__(
        self,
        name: str,
        number: int,
        seconds: float,
        url: str,
        tick: Callable[[Connection], None],
        over: Event,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._number = number
        self._seconds = seconds
        self._url = url
        self._tick = tick
        self._over = over

    def run(self) -> None:
        """Tick until the process ends."""
        while not self._over.wait(min(1.0, self._seconds)):
            try:
                with connect(self._url, autocommit=True) as conn:
                    self._hold(conn)
            except psycopg.Error as away:
                log.warning("%s waits for the database: %s", self.name, type(away).__name__)

    def _hold(self, conn: Connection) -> None:
        while not self._over.is_set():
            if self._mine(conn):
                self._tick_once(conn)
            self._over.wait(self._seconds)
        with suppress(psycopg.Error):
            conn.execute("SELECT pg_advisory_unlock(%s, %s)", [_HOUSE, self._number])

    def _mine(self, conn: Connection) -> bool:
        """Whether this session holds the lock. Taken twice it is held twice, so it is asked for first."""
        held = conn.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            " AND classid = %s AND objid = %s",
            [_HOUSE, self._number],
        ).fetchone()
        if held is not None:
            return True
        return conn.execute("SELECT pg_try_advisory_lock(%s, %s)", [_HOUSE, self._number]).fetchone() == (
            True,
        )

    def _tick_once(self, conn: Connection) -> None:
        try:
            self._tick(conn)
        except psycopg.OperationalError:
            raise  # the connection is gone, and the lock with it
        except (psycopg.Error, PoolTimeout, EvidenceError, OSError) as failed:
            log.warning("%s failed and will try again: %s", self.name, getattr(failed, "code", failed))
        except Exception:
            log.exception("%s failed and will try again", self.name)
