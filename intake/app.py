"""The public door as one ASGI app: uploads and the form natively, the pages through Flask."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from evidence.db.connect import open_pool
from evidence.spool import Spool
from evidence.telemetry import request
from evidence.telemetry.metrics import Asked, alone, served
from evidence.telemetry.tracing import exporting
from intake import metrics, opening, returning
from intake.door import Door
from intake.files import FilesEndpoint
from intake.form import ADDING, LINKED, FormEndpoint
from intake.guard import Guard
from intake.guard.caller import KnownCaller, warn_of_unnamed_proxy
from intake.guard.reserve import Reserve
from intake.health import alive, answer_ready
from intake.https import PATH as AUTHORITY
from intake.https import Https
from intake.live import PREFIX as LIVE
from intake.live import LiveEndpoint
from intake.live.clock import tick_forever
from intake.pages import create_pages
from intake.settings import IntakeSettings
from intake.threads import DATABASE_THREADS
from intake.uploads import arrival
from intake.uploads.addresses import is_ours
from intake.wire.bridge import App, Bridge
from intake.wire.http import Receive, Scope, Send

PAGE_THREADS = 10


class IntakeApp:
    """Routes by path; `stop` interrupts every body, so that the process can end at once."""

    def __init__(self, settings: IntakeSettings, citizen: Path, spool: Spool) -> None:
        warn_of_unnamed_proxy(settings)
        self.https = Https.kept_in(settings.https_folder) if settings.https_folder else None
        settings.spool.mkdir(mode=0o750, parents=True, exist_ok=True)
        pool = open_pool(settings.database_url, size=DATABASE_THREADS + PAGE_THREADS, autocommit=True)
        self.door = Door(settings, spool, pool, Guard(settings))
        pages = create_pages(settings, citizen, pool)
        self._files = FilesEndpoint(self.door)
        self._form = FormEndpoint(self.door, pages)
        self._adding = FormEndpoint(self.door, pages, ADDING)
        self._linked = FormEndpoint(self.door, pages, LINKED)
        self._gate = returning.Gate(self.door.guard, pages)
        # a2wsgi names the messages of ASGI one by one; ours are plain mappings.
        bridged = cast(App, WSGIMiddleware(cast(Any, pages), workers=PAGE_THREADS))
        self._pages = Bridge(bridged, self.door.bodies)
        self._opening = opening.OpeningEndpoint(self.door)
        self._live = LiveEndpoint(self.door)
        self._called = KnownCaller(self._route, settings.trusted_proxies)

    # Where a call is only passed on, the coroutine itself is: each frame in between would wait along with a
    # thousand uploads, for hours.

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request, or live through the process's life (ASGI 3.0)."""
        if scope["type"] == "lifespan":
            return self._live_through(receive, send)
        request.begin()
        return self._called(scope, receive, send)

    def _route(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if is_ours(path):
            return self._files(scope, receive, send)
        if path == "/tips/form" and scope["method"] == "POST":
            return self._form(scope, receive, send)
        if returning.is_ours(path):
            sent = path == returning.ADDING and scope["method"] == "POST"
            behind = self._adding if sent else self._pages
            return self._gate.pass_on(behind, scope, receive, send)
        if path == "/u/files" and scope["method"] == "POST":
            return self._linked(scope, receive, send)
        if path == opening.PATH:
            return self._opening(scope, receive, send)
        if path.startswith(f"{LIVE}/") or (path == LIVE and scope["method"] == "POST"):
            return self._live(scope, receive, send)
        if path == "/healthz":
            return alive().send(send)
        if path == "/readyz":
            return answer_ready(self.door, send)
        if self.https and path == AUTHORITY:
            return self.https.answer().send(send)
        return self._pages(scope, receive, send)

    def stop(self) -> None:
        """Interrupt every body that is being read, and every later one."""
        self.door.bodies.stop()

    async def _live_through(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._running():
            # Here, not around the server: that ends by the signal that it was sent.
            with self._seen(), exporting("intake", self.door.settings.telemetry):
                await send({"type": "lifespan.startup.complete"})
                await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _seen(self) -> AbstractContextManager[None]:
        door, settings = self.door, self.door.settings
        reserve = Reserve(settings.spool, settings.spool_reserve_bytes)
        standing = metrics.Standing(lambda: door.bodies.uploads, settings.spool, reserve.of)
        asked = Asked(door.pool.connection, alone)
        return served(metrics.REGISTRY, settings.telemetry, standing, asked)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        clocks = (
            arrival.reconcile_forever(self.door),
            tick_forever(self.door),
            self.door.guard.forget_in_time(),
        )
        running = [asyncio.create_task(clock) for clock in clocks]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            self.door.guard.close()
            self.door.threads.close()
            # Its own threads may hang in a connection attempt; nothing of ours is in their hands any more.
            self.door.pool.close(timeout=0)


def create_app(settings: IntakeSettings, citizen: Path, spool: Spool | None = None) -> IntakeApp:
    """Build the door; its pool is open from here on, whether or not the database answers yet.

    `spool` is another one than the directory of the settings, where many hosts share what is in it.
    """
    return IntakeApp(settings, citizen, spool or Spool(settings.spool))
