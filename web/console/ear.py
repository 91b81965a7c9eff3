"""One ear on Postgres for the whole process, and every open page told what it heard.

Only ids and kinds travel; a page that cares fetches the truth through its own, checked, request. A
viewer that is too slow, and everybody after a lost database connection, is told to fetch all anew: a
notification may have been missed, the state in the database never is.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

log = logging.getLogger("tipline.console")

RETRY_SECONDS = 1.0
QUEUE_LENGTH = 100
# Sign-ins and the like are no news to the others' screens.
_NOT_NEWS = frozenset(
    {"signed_in", "signed_out", "signin_refused", "signin_link_minted", "passkey_added", "passkey_removed"}
)


@dataclass(frozen=True)
class News:
    """Something happened to `chain` (a tip or a case); without one, anything may have."""

    chain: str = ""
    kind: str = ""


ANYTHING = News()
FAREWELL = News(kind="farewell")
Viewer = asyncio.Queue[News]


@dataclass
class Ear:
    """Listens on the channel `ledger` and fans out to viewers; lives on the process's event loop."""

    database_url: str = field(repr=False)
    viewers: set[Viewer] = field(default_factory=set)
    _listening: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None

    async def open(self) -> None:
        """Begin to listen; returns at once, also while the database is away."""
        self._task = asyncio.create_task(self._listen_for_ever(), name="ear")

    async def close(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def ready(self) -> None:
        """Return once the ear hears."""
        await self._listening.wait()

    def join(self) -> Viewer:
        """Return the queue of a new viewer."""
        viewer: Viewer = asyncio.Queue(QUEUE_LENGTH)
        self.viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        self.viewers.discard(viewer)

    def dismiss(self) -> None:
        """Tell every viewer to go: the process is about to stop."""
        for viewer in self.viewers:
            _empty(viewer)
            viewer.put_nowait(FAREWELL)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error:
                log.warning("live updates lost the database; trying again")
            self._listening.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        conn = await psycopg.AsyncConnection.connect(
            self.database_url, autocommit=True, connect_timeout=5, keepalives_idle=30
        )
        async with conn:
            await conn.execute("LISTEN ledger")
            self._listening.set()
            self._tell(ANYTHING)
            async for notification in conn.notifies():
                chain, _, kind = notification.payload.partition(" ")
                if kind not in _NOT_NEWS:
                    self._tell(News(chain, kind))

    def _tell(self, news: News) -> None:
        for viewer in self.viewers:
            if viewer.full():
                _empty(viewer)
                viewer.put_nowait(ANYTHING)
            else:
                viewer.put_nowait(news)


def _empty(viewer: Viewer) -> None:
    while not viewer.empty():
        viewer.get_nowait()
