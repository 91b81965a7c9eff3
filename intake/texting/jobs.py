"""The SMS door's own worker: jobs of its own queue, and the clocks that ask again for what lost its job.

As everywhere, a job is a hint; the state of a text is the truth.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from procrastinate import App
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout

from evidence import vault
from evidence.db.connect import Pool
from evidence.errors import EvidenceError
from evidence.listening import SteadyConnector
from evidence.texting import incoming, outgoing, polling
from evidence.texting.incoming import expire
from intake.texting.files import Fetcher
from intake.texting.polling import Poller
from intake.texting.sending import Sender
from intake.texting.settings import TextingSettings
from intake.texting.standing import Standing
from intake.texting.twilio import Twilio

log = logging.getLogger(__name__)

QUEUE = "sms"
TASKS = ("send", "fetch")
THREADS = 4
# NOTIFY wakes the worker at once; this is for what was not heard.
_LOOK_SECONDS = 1.0
_BEAT_SECONDS, _SILENT_SECONDS = 5, 30
_NUMBERS_SECONDS = 600.0
_WORDS_KEPT = timedelta(hours=48)


@dataclass(frozen=True)
class Errands:
    """Everything that is done beside answering webhooks, while it is this door's to do."""

    settings: TextingSettings
    pool: Pool
    twilio: Twilio
    standing: Standing

    @property
    def sender(self) -> Sender:
        """Sends one text."""
        return Sender(self.settings, self.pool, self.twilio)

    @property
    def fetcher(self) -> Fetcher:
        """Brings in a message's files."""
        return Fetcher(self.settings, self.pool, self.twilio)

    @property
    def poller(self) -> Poller:
        """Reads the carrier's list."""
        return Poller(self.settings, self.pool, self.twilio)

    def app(self) -> App:
        """A procrastinate App that knows both tasks; opens no connection yet."""
        app = App(
            connector=SteadyConnector(conninfo=self.settings.database_url, min_size=1, max_size=THREADS + 2)
        )

        @app.task(name="send")
        def send(text: str) -> None:
            self._quietly(self.sender.send, UUID(text))

        @app.task(name="fetch")
        def fetch(text: str) -> None:
            self._quietly(self.fetcher.fetch, bytes.fromhex(text))

        return app

    def tend(self) -> None:
        """Ask again for what is due and has no job any more, and let go of what is sealed."""
        if not self.standing.look():
            return
        with self.pool.connection() as conn:
            for out_id in outgoing.due(conn):
                outgoing.enqueue(conn, out_id)
            for text in incoming.due(conn, ["files"]):
                conn.execute("SELECT enqueue_text('fetch', %s, NULL)", [text.once.hex()])
        self.poller.settler.let_go_of_sealed()
        self.poller.settler.look_again()

    def poll(self) -> None:
        """Read the carrier's list."""
        if self.standing.look():
            self.poller.poll()

    def look_after_numbers(self) -> None:
        """Both of what follows: one after the other, since both change many of the same rows."""
        self.expire()
        self.renew()

    def renew(self) -> None:
        """Bring numbers that lie under earlier keys to the newest, until none is left that can be."""
        keys = self.settings.vault
        if not self.standing.look():
            return
        with self.pool.connection() as conn:
            left = {one.what: one.left_over for one in vault.keys_in_use(conn)}
            if left["vault"] == 0 and left["number"] is not None:
                if left["number"]:  # whoever had said STOP, and texted since
                    vault.count_marks_left_over(conn, keys)
                return
        after: UUID | None = vault.FIRST
        unopened = 0
        while after is not None:
            with self.pool.connection() as conn:
                renewed = vault.renew(conn, keys, after)
            after, unopened = renewed.then, unopened + renewed.unopened
        with self.pool.connection() as conn:
            vault.count_left_over(conn, keys, unopened)

    def expire(self) -> None:
        """Destroy the numbers whose time is over, words that did not arrive, and what is long done."""
        with self.pool.connection() as conn:
            gone = vault.expire(conn)
            outgoing.forget_unheard(conn, _WORDS_KEPT)
            before = datetime.now(UTC) - self.settings.records_live
            polling.forget_unread(conn, before)
            expire(conn, before)
        if gone:
            log.info("%d numbers were destroyed in time", gone)

    @staticmethod
    def _quietly(deed: Callable[..., None], *args: object) -> None:
        """Do it; what fails was noted or will be asked for again, and its traceback might hold a number."""
        try:
            deed(*args)
        except (EvidenceError, psycopg.Error, PoolTimeout, OSError) as failed:
            log.warning("a job failed and will be asked for again: %s", _name(failed))


def _name(failed: Exception) -> str:
    return failed.code if isinstance(failed, EvidenceError) else type(failed).__name__


class Running:
    """The worker and the clocks in the running event loop, from `start` to `stop`."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._threads = ThreadPoolExecutor(THREADS + 2, thread_name_prefix="errand")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        loop, settings, errands = asyncio.get_running_loop(), self._errands.settings, self._errands
        loop.set_default_executor(self._threads)
        clocks: tuple[tuple[float, Callable[[], None]], ...] = (
            (settings.tick_seconds, errands.tend),
            (settings.poll_seconds, errands.poll),
            (_NUMBERS_SECONDS, errands.look_after_numbers),
        )
        self._tasks = [
            loop.create_task(self._work()),
            *(loop.create_task(self._every(seconds, deed)) for seconds, deed in clocks),
        ]

    async def stop(self) -> None:
        """End; what is under way is done by whoever comes next."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        """Take jobs while texts are ours to work on; after a database that was away, begin anew."""
        while True:
            try:
                if await asyncio.to_thread(self._errands.standing.look):
                    await self._take_jobs()
            except Exception as away:
                log.warning("the worker begins anew: %s", type(away).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _take_jobs(self) -> None:
        """Listen to the queue until texts are another host's."""
        app = self._errands.app()
        async with app.open_async():
            worker = Worker(
                app,
                queues=[QUEUE],
                concurrency=THREADS,
                fetch_job_polling_interval=_LOOK_SECONDS,
                update_heartbeat_interval=_BEAT_SECONDS,
                stalled_worker_timeout=_SILENT_SECONDS,
                delete_jobs="always",
                install_signal_handlers=False,
                shutdown_graceful_timeout=1,
            )
            until_aside = asyncio.create_task(self._until_aside(worker))
            try:
                await worker.run()  # type: ignore[no-untyped-call]
            finally:
                until_aside.cancel()

    async def _until_aside(self, worker: Worker) -> None:
        while not self._errands.standing.aside:
            await asyncio.sleep(_LOOK_SECONDS)
        worker.stop()  # type: ignore[no-untyped-call]

    async def _every(self, seconds: float, deed: Callable[[], None]) -> None:
        while True:
            try:
                await asyncio.to_thread(deed)
            except Exception as failed:
                log.warning("%s failed and will be tried again: %s", deed.__name__, _name(failed))
            await asyncio.sleep(seconds)
