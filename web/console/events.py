"""GET /events: news from the ledger as server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass

from evidence.errors import EvidenceError, Unavailable
from web.console.asgi import Receive, Scope, Send, send_body, start, wait_for_disconnect
from web.console.doorkeeper import Doorkeeper, refuse
from web.console.ear import FAREWELL, Ear, News, Viewer

log = logging.getLogger("tipline.console")

PATH = "/events"
# Often enough to keep a proxy's idle limit away, and to notice soon that a session has ended.
HEARTBEAT_SECONDS = 15.0
_HEADERS = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
    ("X-Content-Type-Options", "nosniff"),
]


@dataclass(frozen=True)
class Events:
    """The endpoint; streams until the page closes, its session ends or the process stops."""

    doorkeeper: Doorkeeper
    ear: Ear
    heartbeat: float = HEARTBEAT_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one page."""
        try:
            await self.doorkeeper.let_in(scope, PATH, by_itself=True)
        except EvidenceError as error:
            await refuse(send, error)
            return
        await start(send, 200, _HEADERS)
        viewer = self.ear.join()
        telling = asyncio.create_task(self._tell(scope, viewer, send))
        leaving = asyncio.create_task(wait_for_disconnect(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.ear.leave(viewer)
            for task in (telling, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _tell(self, scope: Scope, viewer: Viewer, send: Send) -> None:
        """Pass news on until the ear says farewell, or the session ends; look at the session now and then."""
        await send_body(send, b"retry: 2000\n\nevent: hello\ndata: {}\n\n", more=True)
        clock = asyncio.get_running_loop().time
        next_look = clock() + self.heartbeat
        while True:
            news: News | None = None
            with suppress(TimeoutError):
                news = await asyncio.wait_for(viewer.get(), max(0.0, next_look - clock()))
            if news is FAREWELL:
                break
            if news is not None:
                await send_body(send, _event("news", {"chain": news.chain, "kind": news.kind}), more=True)
            if clock() < next_look:
                continue
            next_look = clock() + self.heartbeat
            try:
                await self.doorkeeper.let_in(scope, PATH, by_itself=True)
            except Unavailable:
                # Nobody is signed out by an outage; the next look will tell.
                log.info("a session could not be looked at")
            except EvidenceError:
                await send_body(send, _event("signed-out", {}), more=True)
                break
            await send_body(send, b": still here\n\n", more=True)
        await send_body(send, b"")


def _event(name: str, data: dict[str, str]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
