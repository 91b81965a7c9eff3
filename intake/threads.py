"""Threads for what blocks: the disk, long work on it, the database; apart, so that none waits for another.

All that runs Python shares one core. Only one thread at a time can, and to pass that turn on between cores
costs more than most turns last (docs/decisions/0018-one-core-for-what-runs-python.md). What joins parts or
verifies proofs lets the others run meanwhile, and roams.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_THREADS = 8
_DISK_THREADS = 8
_LONG_THREADS = 2
_CORES = os.sched_getaffinity(0)

log = logging.getLogger("tipline.intake")


def share_one_core(number: int) -> None:
    """Keep this thread, and those that it will start, on one core: another one for each process's `number`.

    The processes of one door have the same parent; doors of different ones mostly begin at different cores.
    """
    cores = sorted(_CORES)
    _keep_to({cores[(os.getppid() + number) % len(cores)]})


def roam() -> None:
    """Let this thread run on any core again."""
    _keep_to(_CORES)


def _keep_to(cores: set[int]) -> None:
    # A filter of system calls may refuse it, and a container may have been given other cores meanwhile. That
    # costs time; to raise here would cost the door, or a pool of threads for good.
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        log.warning("A thread stays on the cores that it has: %s.", error.strerror)


class Threads:
    """Small pools; the event loop awaits their results and never blocks itself."""

    def __init__(self) -> None:
        self._disk = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="disk")
        self._long = ThreadPoolExecutor(_LONG_THREADS, thread_name_prefix="long", initializer=roam)
        self._database = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")

    async def on_disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what waits for the spool's disk; it has ended when this returns, even to a cancelled caller."""
        return await ended(_begun(self._disk, work, *args, **kwargs))

    def begin_on_disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start it, to be waited for later, by `ended`."""
        return _begun(self._disk, work, *args, **kwargs)

    async def at_length(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what keeps the disk busy for seconds; it must look whether the process ends.

        It has ended when this returns, as `on_disk`.
        """
        return await ended(_begun(self._long, work, *args, **kwargs))

    async def in_database(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what waits for Postgres; a caller who is cancelled cannot know what came of it."""
        return await asyncio.wrap_future(_begun(self._database, work, *args, **kwargs))

    def close(self) -> None:
        """Let running work end and take no more; what waits for an absent database is not waited for."""
        self._long.shutdown(wait=True, cancel_futures=True)
        self._disk.shutdown(wait=True)
        self._database.shutdown(wait=False, cancel_futures=True)


def _begun(pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Start work that knows which request it is for."""
    context = copy_context()
    return pool.submit(lambda: context.run(work, *args, **kwargs))


async def ended(work: Future[T]) -> T:
    """Await a thread's work to its end.

    What runs already cannot be stopped. A caller who is cancelled meanwhile still waits for it, since he
    would close the very descriptors that it uses, and the next file opened has the same numbers.
    """
    running = asyncio.wrap_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        work.cancel()
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise
