"""Jobs through Postgres: taken, done without doing anything, and gone; alone, and beside a million that wait.

The queue is the house's own: its tables, its lanes, the worker's role and its settings. What waits is made
by one statement; what is measured was queued after it.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from procrastinate import App
from procrastinate.worker import Worker

from evidence.db.connect import Connection, connect
from evidence.db.migrate import migrate
from evidence.jobs import Lane
from evidence.listening import SteadyConnector
from tipline.up.postgres import EmbeddedPostgres

_SLOTS = 2
"""As many as one worker has for what people wait for."""
_TASK = "nothing"
_FILL = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
    SELECT %s, %s, 10, %s || n, '{}' FROM generate_series(1, %s) AS n
"""
_FETCH = "SELECT id FROM procrastinate_fetch_job_v2(ARRAY[%s], NULL)"


@dataclass(frozen=True)
class Queue:
    """A database with the house's queue in it."""

    worker_url: str
    admin_url: str

    def fill(self, lane: Lane, count: int) -> None:
        """Have so many more wait in a lane, and the planner know of it, as it soon would by itself."""
        with connect(self.admin_url, autocommit=True) as conn:
            conn.execute(_FILL, [lane, _TASK, f"{lane} {secrets.token_hex(4)} ", count])
            conn.execute("VACUUM (ANALYZE) procrastinate_jobs")

    def per_second(self, lane: Lane, jobs: int) -> float:
        """Jobs of a lane that one worker got done in a second, of so many."""
        return asyncio.run(_work_off(self.worker_url, lane, jobs))

    def fetch_ms(self, lane: Lane, times: int = 20) -> float:
        """Milliseconds to be told that a lane has nothing: what each worker asks every two seconds."""
        with connect(self.worker_url, autocommit=True) as conn:
            began = time.perf_counter()
            for _ in range(times):
                _fetch(conn, lane)
            return 1000 * (time.perf_counter() - began) / times


@contextmanager
def queue(work: Path) -> Iterator[Queue]:
    """A queue of its own under `work`, without a job in it."""
    password = secrets.token_urlsafe()
    with EmbeddedPostgres(work / "queue").running() as server:
        migrate(server.admin_url, {"tipline_worker": password})
        address = f"127.0.0.1:{server.port}/tipline?sslmode=disable"
        yield Queue(f"postgresql://tipline_worker:{password}@{address}", server.admin_url)


async def _work_off(url: str, lane: Lane, jobs: int) -> float:
    app = App(connector=SteadyConnector(conninfo=url, min_size=1, max_size=_SLOTS + 2))
    done = 0

    @app.task(name=_TASK)
    async def nothing() -> None:
        nonlocal done
        done += 1
        if done == jobs:
            worker.stop()  # type: ignore[no-untyped-call]

    async with app.open_async():
        worker = Worker(
            app, queues=[lane], concurrency=_SLOTS, delete_jobs="always", install_signal_handlers=False
        )
        began = time.perf_counter()
        await worker.run()  # type: ignore[no-untyped-call]
        return done / (time.perf_counter() - began)


def _fetch(conn: Connection, lane: Lane) -> None:
    row = conn.execute(_FETCH, [lane]).fetchone()
    if row is not None and row[0] is not None:
        raise LookupError(f"the lane {lane} is not empty")
