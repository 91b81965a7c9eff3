"""The worker process: takes jobs until it is told to end, and keeps the clocks."""

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import imageio_ffmpeg
from procrastinate import App
from procrastinate.worker import Worker

from evidence import jobs
from evidence.db.connect import open_pool
from evidence.spool import Spool
from evidence.spread.opening import open_spool
from evidence.storage.store import Store
from evidence.telemetry.logs import speak
from evidence.telemetry.metrics import Asked, served
from evidence.telemetry.tracing import exporting
from workers import metrics
from workers.bench import Bench
from workers.clocks import ticks
from workers.clocks.clock import Clock
from workers.clocks.telling import tell
from workers.clocks.watchdog import Watchdog
from workers.live.clock import after_broadcasts
from workers.sandbox.proof import prepare
from workers.scratch import own_scratch
from workers.settings import WorkerSettings
from workers.tasks import build_app

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""NOTIFY wakes a worker at once; this is for the job whose notification was lost."""
BEAT_SECONDS = 5
SILENT_SECONDS = 30
STALLED_SECONDS = 15.0
LEFTOVERS_SECONDS = 60.0
LOCKS_SECONDS = 60.0
BROADCASTS_SECONDS = 2.0
TELLING_SECONDS = 60.0
_OTHER_THREADS = 4


def run(settings: WorkerSettings) -> None:
    """Work until SIGTERM or SIGINT; work under way is given back.

    Raises `Unavailable` (`sandbox_unavailable`) where media tools cannot be shut in, and whatever
    procrastinate raises when the database stays away: a supervisor starts the next.
    """
    speak("worker", settings.telemetry.log)
    with exporting("worker", settings.telemetry), ready_bench(settings) as bench:
        asyncio.run(_serve(bench))


@contextmanager
def ready_bench(settings: WorkerSettings) -> Iterator[Bench]:
    """Everything a turn needs, the sandbox tried; taken down again at the end."""
    with ExitStack() as stack:
        scratch = stack.enter_context(own_scratch(settings.scratch))
        sandbox = prepare(settings.sandbox, scratch)
        pool = open_pool(settings.database_url, size=2 * sum(settings.slots.values()) + 2)
        stack.callback(pool.close)
        asked = Asked(pool.connection, metrics.waiting, metrics.set_aside, metrics.unwitnessed)
        stack.enter_context(served(metrics.REGISTRY, settings.telemetry, asked))
        yield Bench(
            settings=settings,
            pool=pool,
            store=Store.connect(settings.store),
            spool=_spool(settings, scratch),
            sandbox=sandbox,
            ffmpeg=str(Path(imageio_ffmpeg.get_ffmpeg_exe())),
            scratch=scratch,
            stopping=Event(),
        )


def _spool(settings: WorkerSettings, scratch: Path) -> Spool:
    """The directory that the doors of this host write; or a place for copies of what the hosts share."""
    if settings.store.spool is None:
        return Spool(settings.spool)
    copies = scratch / "uploads"
    copies.mkdir()
    return open_spool(copies, settings.store)


async def _serve(bench: Bench) -> None:
    seat(sum(bench.settings.slots.values()))
    app = build_app(bench)
    async with app.open_async():
        lanes = [_worker(app, lane, slots) for lane, slots in bench.settings.slots.items()]
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _stop, bench, lanes)
        for clock in clocks(bench, lanes):
            clock.start()
        log.info("worker takes jobs: %s", bench.settings.slots)
        try:
            await asyncio.gather(*(lane.run() for lane in lanes))  # type: ignore[no-untyped-call]
        finally:
            bench.stopping.set()


def seat(slots: int) -> None:
    """Let as many turns be taken at a time, in whatever lanes, and a name be looked up meanwhile.

    By itself the loop has a few threads more than there are processors: on a small machine one lane's work
    would wait for another's.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(slots + _OTHER_THREADS))


def _worker(app: App, lane: jobs.Lane, slots: int) -> Worker:
    return Worker(
        app,
        queues=[lane],
        concurrency=slots,
        fetch_job_polling_interval=POLL_SECONDS,
        update_heartbeat_interval=BEAT_SECONDS,
        stalled_worker_timeout=SILENT_SECONDS,
        delete_jobs="always",
        install_signal_handlers=False,
    )


def _stop(bench: Bench, lanes: Sequence[Worker]) -> None:
    bench.stopping.set()
    for lane in lanes:
        lane.stop()  # type: ignore[no-untyped-call]


def clocks(bench: Bench, lanes: Sequence[Worker]) -> list[Thread]:
    """Every clock of this process."""
    settings, over = bench.settings, bench.stopping
    timed = (
        ("reconciler", settings.lease_seconds / 6, ticks.reconcile),
        ("stalled jobs", STALLED_SECONDS, ticks.forget_stalled_jobs(SILENT_SECONDS)),
        ("checkpointer", settings.checkpoint_seconds, ticks.checkpoints(bench.store, settings)),
        ("locks", LOCKS_SECONDS, ticks.extend_locks(bench.store, settings)),
        ("pieces", LEFTOVERS_SECONDS, ticks.forget_pieces(bench.store)),
        ("broadcasts", BROADCASTS_SECONDS, after_broadcasts(bench)),
        ("leftovers", LEFTOVERS_SECONDS, ticks.let_go_of_sealed(bench.spool, settings)),
        *([("telling", TELLING_SECONDS, tell(settings.cloudwatch))] if settings.cloudwatch else []),
    )
    return [
        *(Clock(name, seconds, settings.database_url, tick, over) for name, seconds, tick in timed),
        *(
            Watchdog(bench.pool, lambda lane=lane: lane.worker_id, SILENT_SECONDS, over)  # type: ignore[misc]
            for lane in lanes
        ),
    ]
