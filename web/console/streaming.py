"""GET /media/<derivative>/content: a derivative's bytes, straight from the store to the player; and GET
/media/<media>/pieces/<number>, a piece of one that is still being made.

Never a whole file in memory: the store's pieces go out as they come in, and the store is let go of as
soon as the player is. What is served was made by our own pipeline, under a type it fixed; all the same
the browser is told to trust nothing in it.
"""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import Conflict, EvidenceError
from evidence.media import Derivative
from evidence.media import get as get_media
from evidence.media.growing import Piece
from evidence.media.growing import piece as piece_of
from evidence.media.media import derivative as derivative_of
from evidence.media.viewing import OPENED_FIRST, must_be_playable, must_be_shown, was_viewed
from evidence.reviewers.session import Session
from evidence.storage.store import Store
from web.console.asgi import Receive, Scope, Send, header, send_body, start, wait_for_disconnect
from web.console.doorkeeper import Doorkeeper, refuse
from web.console.outage import AWAY, database_away
from web.console.ranges import Span, Unsatisfiable, requested_span

log = logging.getLogger("tipline.console")

ENDPOINT = "/media/<id>/content"
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CONTENT = re.compile(rf"/media/({_ID})/content\Z")
_PIECE = re.compile(rf"/media/({_ID})/pieces/(\d{{1,6}})\Z")


def streams(path: str) -> bool:
    """Say whether a path is a derivative's or a piece's, and no other route's."""
    return bool(_CONTENT.match(path) or _PIECE.match(path))


@dataclass(frozen=True)
class Content:
    """The endpoint."""

    doorkeeper: Doorkeeper
    store: Store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a derivative, or for a part of it."""
        try:
            session = await self.doorkeeper.let_in(scope, ENDPOINT, by_itself=False)
            derivative = await asyncio.to_thread(self._find, scope["path"], session)
            await self._answer(scope, derivative, receive, send)
        except AWAY:
            await refuse(send, database_away())
        except EvidenceError as error:
            await refuse(send, error)

    def _find(self, path: str, session: Session) -> Derivative | Piece:
        """Return what the path names, once the ledger says that this session opened it."""
        with self.doorkeeper.house.pool.connection() as conn:
            found = _named(conn, path)
            media = get_media(conn, found.media_id)
            must_be_shown(conn, media)
            actor, since = session.reviewer.actor, session.created_at
            must_be_playable(media)  # it may have been set aside since it was opened
            watched = isinstance(found, Piece) or found.kind in OPENED_FIRST
            if watched and not was_viewed(conn, media.tip_id, media.id, actor, since):
                raise Conflict(
                    "Open this file on its tip's page first; the ledger notes it.", code="not_opened"
                )
        return found

    async def _answer(
        self, scope: Scope, derivative: Derivative | Piece, receive: Receive, send: Send
    ) -> None:
        headers = _headers(derivative)
        if header(scope, "if-none-match") == etag(derivative):
            return await _bare(send, 304, headers)
        try:
            asked = header(scope, "range") if _range_holds(scope, derivative) else None
            span = requested_span(asked, derivative.size)
        except Unsatisfiable:
            return await _bare(send, 416, [*headers, ("Content-Range", f"bytes */{derivative.size}")])
        length = span.length if span else derivative.size
        headers.append(("Content-Length", str(length)))
        if span:
            headers.append(("Content-Range", span.content_range))
        status = 206 if span else 200
        if scope["method"] == "HEAD" or length == 0:
            return await _bare(send, status, headers)
        pieces = await asyncio.to_thread(self._open, derivative, span)
        await start(send, status, headers)
        await _pour(pieces, receive, send)
        return None

    def _open(self, derivative: Derivative | Piece, span: Span | None) -> Iterator[bytes]:
        first, last = (span.first, span.last) if span else (0, None)
        return self.store.open_range(
            self.store.derivatives, derivative.object_key, first, last, derivative.object_version
        )


def _named(conn: Connection, path: str) -> Derivative | Piece:
    if matched := _PIECE.match(path):
        return piece_of(conn, UUID(matched[1]), int(matched[2]))
    if matched := _CONTENT.match(path):
        return derivative_of(conn, UUID(matched[1]))
    raise LookupError(path)


def etag(derivative: Derivative | Piece) -> str:
    """Return the strong validator of a derivative: it never changes, so its hash says it all."""
    return f'"{derivative.sha256.hex()}"'


def _headers(derivative: Derivative | Piece) -> list[tuple[str, str]]:
    return [
        ("Content-Type", derivative.mime),
        ("Accept-Ranges", "bytes"),
        ("ETag", etag(derivative)),
        # The reviewer's own disk is no place for evidence.
        ("Cache-Control", "private, no-store"),
        ("Content-Disposition", "inline"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
    ]


def _range_holds(scope: Scope, derivative: Derivative | Piece) -> bool:
    """If-Range (RFC 9110, section 13.1.5): a range of something else than what is here is void."""
    condition = header(scope, "if-range")
    return condition is None or condition == etag(derivative)


async def _bare(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    await start(send, status, headers)
    await send_body(send, b"")


async def _pour(pieces: Iterator[bytes], receive: Receive, send: Send) -> None:
    """Send every piece, unless the client goes first; a slow client slows the store, not the memory.

    Where the store goes away in the middle, the response stays incomplete, and the server cuts the line:
    the player then asks for the rest.
    """
    leaving = asyncio.create_task(wait_for_disconnect(receive))
    try:
        while not leaving.done():
            piece = await asyncio.to_thread(next, pieces, None)
            if piece is None:
                return await send_body(send, b"")
            await send_body(send, piece, more=True)
        return None
    except EvidenceError as error:
        log.warning("a stream was cut: %s", error.code)
        return None
    finally:
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        # Closing a generator lets go of the store's connection.
        close = getattr(pieces, "close", None)
        if close:
            await asyncio.to_thread(close)
