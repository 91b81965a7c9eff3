"""The console as one ASGI app: Flask pages behind a bridge, and what must stream beside them."""

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from flask import Flask

from evidence.db.connect import open_pool
from evidence.spread.follower import Follower
from evidence.spread.shelf import Shelf
from evidence.storage.store import Store
from evidence.telemetry import request
from evidence.telemetry.metrics import Asked, alone, served
from web.console import metrics
from web.console.asgi import App, Receive, Scope, Send
from web.console.doorkeeper import Doorkeeper
from web.console.ear import Ear
from web.console.events import PATH as EVENTS_PATH
from web.console.events import Events
from web.console.house import House
from web.console.live.following import Following, follows
from web.console.live.stored import Stored
from web.console.live.tail import Tails
from web.console.patience import Patient
from web.console.settings import ConsoleSettings
from web.console.site import create_site
from web.console.streaming import Content, streams

_POOL = 12
_READS = ("GET", "HEAD")
_NATIVE = _EVENTS, _CONTENT, _FOLLOWING = "events", "content", "following"


@dataclass(frozen=True)
class Console:
    """Sends each request to whom it concerns, and opens and closes what the process holds."""

    house: House
    ear: Ear
    events: Events
    content: Content
    following: Following
    site: Flask
    pages: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection of uvicorn's."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            request.begin()
            await self._room(scope)(scope, receive, send)

    def _room(self, scope: Scope) -> App:
        if scope["method"] in _READS and scope["path"] == EVENTS_PATH:
            return metrics.counted(_EVENTS, self.events)
        if scope["method"] in _READS and streams(scope["path"]):
            return metrics.counted(_CONTENT, self.content)
        if scope["method"] in _READS and follows(scope["path"]):
            return metrics.counted(_FOLLOWING, self.following)
        return self.pages

    def dismiss(self) -> None:
        """Let go of whoever listens or watches: they would never end by themselves."""
        self.ear.dismiss()
        self.following.dismiss()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.ear.open()
        with self._seen():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await self.ear.close()
        if self.following.tails:
            await self.following.tails.close()
        self.house.pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _seen(self) -> AbstractContextManager[None]:
        settings, tails = self.house.settings, self.following.tails
        watching = metrics.Watching(
            lambda: len(self.ear.viewers), lambda: 0 if tails is None else tails.followers
        )
        asked = Asked(self.house.pool.connection, alone)
        return served(metrics.REGISTRY, settings.telemetry, watching, asked)


def create_app(settings: ConsoleSettings) -> Console:
    """Make the console; its pool opens now, its ear with the server."""
    tails = _tails(settings)
    growth = tails.growth if tails else None
    house = House(settings, open_pool(settings.database_url, size=_POOL), growth)
    doorkeeper, ear = Doorkeeper(house), Ear(settings.database_url)
    site, store = create_site(house), Store.connect(settings.store)
    metrics.expect([*(rule.endpoint for rule in site.url_map.iter_rules()), *_NATIVE, "none"])
    return Console(
        house=house,
        ear=ear,
        events=Events(doorkeeper, ear),
        content=Content(doorkeeper, store),
        following=Following(doorkeeper, tails, Stored(store)),
        site=site,
        pages=Patient(cast(App, WSGIMiddleware(cast(Any, site), workers=_POOL - 2))),
    )


def _tails(settings: ConsoleSettings) -> Tails | None:
    """Uploads as they grow: in this host's spool, or in copies of what many hosts share."""
    bucket = settings.store.spool
    if bucket is None or settings.scratch is None:
        return Tails(settings.spool) if settings.spool else None
    copies = settings.scratch / "followed"
    shutil.rmtree(copies, ignore_errors=True)  # those of a process that was killed
    copies.mkdir(mode=0o700)
    return Tails(copies, Follower(copies, Shelf.connect(settings.store, bucket)))
