"""A thread that does something every few seconds, in every worker.

Not procrastinate's periodic tasks: those live in the queue, and the reconciler must work when the queue does
not. And under no lock: a worker that froze while it held one would stop the clock for all the others, so
every tick is safe to run twice instead, and what must not be done twice takes its own lock inside its
transaction.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread

import psycopg

from evidence.db.connect import Connection, connect
from evidence.errors import EvidenceError

log = logging.getLogger(__name__)


class Clock(Thread):
    """Calls `tick(conn)` every `seconds` until `over` is set.

    `conn` is the clock's own connection in autocommit: a tick opens the transactions it needs. What a tick
    raises is logged and tried again at the next; a lost connection is opened anew.
    """

    def __init__(
        self, name: str, seconds: float, url: str, tick: Callable[[Connection], None], over: Event
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._seconds = seconds
        self._url = url
        self._tick = tick
        self._over = over

    def run(self) -> None:
        """Tick until the process ends."""
        waiting = False
        while not self._over.wait(min(1.0, self._seconds)):
            try:
                with connect(self._url, autocommit=True) as conn:
                    waiting = False
                    while not self._over.is_set():
                        self._tick_once(conn)
                        self._over.wait(self._seconds)
            except psycopg.Error as away:
                if not waiting:
                    log.warning("%s waits for the database: %s", self.name, type(away).__name__)
                waiting = True

    def _tick_once(self, conn: Connection) -> None:
        try:
            self._tick(conn)
        except psycopg.Error:
            raise  # whatever state the connection is in, a fresh one is in none
        except (EvidenceError, OSError) as failed:
            log.warning("%s failed and will try again: %s", self.name, getattr(failed, "code", failed))
        except Exception:
            log.exception("%s failed and will try again", self.name)
