"""GET /live/<session>/parts/<number>/bytes: a part as it comes in, followed until it is over.

`from=N` begins at byte N. `at=live` and `at=MS` begin with what a decoder must know first, and go on from
the last key picture, or from the one before that moment: the headers `Live-Init` and `Live-Offset` say how
long that beginning is, and where in the file the answer would begin without it. `.../join` tells the same
place as JSON.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import Conflict, EvidenceError, Forbidden, Invalid, NotFound, Unavailable
from evidence.live import session as sessions
from evidence.live.index import Index
from evidence.live.session import Part
from evidence.live.watching import must_be_shown, was_watched
from evidence.media import Media
from evidence.media import get as get_media
from evidence.media.viewing import must_be_playable
from evidence.reviewers.session import Session
from web.console.asgi import Receive, Scope, Send, send_body, start, wait_for_disconnect
from web.console.doorkeeper import Doorkeeper, refuse
from web.console.live.stored import Stored
from web.console.live.tail import Tail, Tails
from web.console.outage import AWAY, database_away

log = logging.getLogger("tipline.console")

ENDPOINT = "/live/<id>/parts/<number>"
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH = re.compile(rf"/live/({_ID})/parts/(\d{{1,6}})/(bytes|join)\Z")
_WANTED = re.compile(r"\d{1,15}\Z")
# How soon who signed out, or a tip that was taken back, ends what is watched.
LOOK_SECONDS = 3.0
_HEADERS = [
    # What a stranger sent: a script takes it apart, and no browser is to make anything of it by itself.
    ("Content-Type", "application/octet-stream"),
    ("Cache-Control", "private, no-store"),
    ("X-Accel-Buffering", "no"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
]


def follows(path: str) -> bool:
    """Say whether a path is a part's."""
    return bool(_PATH.match(path))


@dataclass(frozen=True)
class Wanted:
    """Where to begin: at byte `offset`; else at a key picture, the last before `at_ms` or of all."""

    offset: int | None = None
    at_ms: int | None = None


@dataclass(frozen=True)
class Place:
    """Where an answer begins: the first `init` bytes of the file, then those from `offset` on."""

    init: int
    offset: int
    time_ms: int


def wanted(query: bytes) -> Wanted:
    """Read what is asked for; raises `Invalid` (`bad_place`)."""
    asked = parse_qs(query.decode("latin-1"))
    at, offset = asked.get("at", ["live"])[0], asked.get("from", [None])[0]
    if offset is not None and _WANTED.match(offset):
        return Wanted(offset=int(offset))
    if offset is None and (at == "live" or _WANTED.match(at)):
        return Wanted(at_ms=None if at == "live" else int(at))
    raise Invalid("There is no such place in a broadcast.", code="bad_place")


def place_in(index: Index, asked: Wanted) -> Place:
    """Return where an answer begins. While there is no key picture yet, at the very beginning."""
    if asked.offset is not None:
        return Place(0, asked.offset, 0)
    mark, init = index.join(asked.at_ms), index.found.init_end
    return Place(init, mark.offset, mark.time_ms) if mark and init else Place(0, 0, 0)


@dataclass
class Following:
    """The endpoint; `tails` is None where this process has no spool to read."""

    doorkeeper: Doorkeeper
    tails: Tails | None
    stored: Stored
    look_seconds: float = LOOK_SECONDS
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one viewer."""
        try:
            session = await self.doorkeeper.let_in(scope, ENDPOINT, by_itself=False)
            asked = wanted(scope["query_string"])
            part, media = await asyncio.to_thread(self._find, scope["path"], session)
            if media is None or media.object_key is None:
                with suppress(FileNotFoundError):
                    return await self._from_spool(part, asked, scope, receive, send)
                part, media = await asyncio.to_thread(self._find, scope["path"], session)
            await self._from_store(part, media, asked, scope, receive, send)
        except AWAY:
            await refuse(send, database_away())
        except EvidenceError as error:
            await refuse(send, error)

    def dismiss(self) -> None:
        """Let every viewer go: the process is about to stop."""
        self._stopping.set()

    def _find(self, path: str, session: Session) -> tuple[Part, Media | None]:
        """Return the part and, once there is one, its media; raises where this session may not watch it."""
        matched = _PATH.match(path)
        if matched is None:
            raise LookupError(path)
        with self.doorkeeper.house.pool.connection() as conn:
            live = sessions.get(conn, UUID(matched[1]))
            must_be_shown(conn, live)
            if not was_watched(conn, live, session.reviewer.actor, session.created_at):
                raise Conflict(
                    "Begin to watch on the broadcast's page; the ledger notes it.", code="not_opened"
                )
            part = _numbered(sessions.parts_of(conn, live.id), int(matched[2]))
            return part, _playable(conn, part)

    def _check(self, path: str) -> None:
        """Raise where nobody may watch it any more."""
        matched = _PATH.match(path)
        if matched is None:
            raise LookupError(path)
        with self.doorkeeper.house.pool.connection() as conn:
            live = sessions.get(conn, UUID(matched[1]))
            must_be_shown(conn, live)
            _playable(conn, _numbered(sessions.parts_of(conn, live.id), int(matched[2])))

    async def _from_spool(
        self, part: Part, asked: Wanted, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self.tails is None:
            raise Unavailable("This console cannot watch broadcasts while they run.", code="no_spool")
        async with self.tails.following(part.upload_id, part.mime) as tail:
            place = place_in(tail.index, asked)
            if scope["path"].endswith("/join"):
                return await _tell(place, send)
            head = await tail.part(0, place.init) if place.init else b""
            await self._pour(_growing(tail, place.offset), head, place, scope, receive, send)
        return None

    async def _from_store(
        self, part: Part, media: Media | None, asked: Wanted, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if media is None:
            raise NotFound("Nothing of this part has arrived.", code="unknown_part")
        index = None
        if asked.offset is None:
            index = await asyncio.to_thread(self.stored.index, media, part.mime)
        place = place_in(index, asked) if index else Place(0, asked.offset or 0, 0)
        if scope["path"].endswith("/join"):
            return await _tell(place, send)
        head = b""
        if place.init:
            pieces = await asyncio.to_thread(self.stored.bytes_from, media, 0, place.init - 1)
            head = await asyncio.to_thread(b"".join, pieces)
        await self._pour(_sealed(self.stored, media, place.offset), head, place, scope, receive, send)
        return None

    async def _pour(
        self,
        pieces: AsyncIterator[bytes],
        head: bytes,
        place: Place,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Send until the part is over, the viewer goes, may look no longer, or the process stops.

        Only what is over ends well: a line that is cut otherwise is cut visibly, and the player asks again.
        """
        told = [("Live-Init", str(len(head))), ("Live-Offset", str(place.offset - len(head)))]
        await start(send, 200, [*_HEADERS, *told])
        if scope["method"] == "HEAD":
            return await send_body(send, b"")
        ends = (
            self._send(pieces, head, send),
            wait_for_disconnect(receive),
            self._until_shut_out(scope),
            self._stopping.wait(),
        )
        return await _first_of(*ends)

    async def _send(self, pieces: AsyncIterator[bytes], head: bytes, send: Send) -> None:
        if head:
            await send_body(send, head, more=True)
        try:
            async for piece in pieces:
                await send_body(send, piece, more=True)
        except EvidenceError as error:
            log.warning("a broadcast was cut: %s", error.code)
            return
        await send_body(send, b"")

    async def _until_shut_out(self, scope: Scope) -> None:
        """Return once this session may not watch any more; an outage shuts nobody out."""
        while True:
            await asyncio.sleep(self.look_seconds)
            try:
                await self.doorkeeper.let_in(scope, ENDPOINT, by_itself=True)
                await asyncio.to_thread(self._check, scope["path"])
            except Unavailable:
                continue
            except AWAY:
                continue
            except EvidenceError:
                return


def _numbered(parts: list[Part], sequence: int) -> Part:
    found = next((part for part in parts if part.sequence == sequence), None)
    if found is None:
        raise NotFound("This broadcast has no such part.", code="unknown_part")
    if found.kind != "film":
        raise Forbidden("Only pictures are watched.", code="no_film")
    return found


def _playable(conn: Connection, part: Part) -> Media | None:
    """Return the media that a part became, None before; raises `Conflict` where that was set aside."""
    media = get_media(conn, part.media_id) if part.media_id else None
    if media:
        must_be_playable(media)
    return media


async def _growing(tail: Tail, at: int) -> AsyncIterator[bytes]:
    while piece := await tail.read(at):
        at += len(piece)
        yield piece


async def _sealed(stored: Stored, media: Media, at: int) -> AsyncIterator[bytes]:
    pieces = await asyncio.to_thread(stored.bytes_from, media, at)
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


async def _tell(place: Place, send: Send) -> None:
    body = json.dumps({"init": place.init, "join": place.offset, "time_ms": place.time_ms}).encode()
    await start(send, 200, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    await send_body(send, body)


async def _first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Return when the first is done, and end the others; raises what that one raised."""
    tasks = {asyncio.create_task(work) for work in works}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
