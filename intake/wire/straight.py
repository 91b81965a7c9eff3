"""A request's body straight from the socket into one buffer, past the parser.

A parser would copy each byte three times on its way. But the length of a body with `Content-Length` is
known, and nothing in it is HTTP: so its bytes are received into one buffer that all connections share, and
handed on at once. Exactly the body is read; the next request stays in the kernel until the parser is back.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

STRAIGHT = "tipline.straight"
BUFFER_BYTES = 512 * 1024
# uvloop fills the buffer up to 32 times in a row where a sender is fast, and each time it is hashed. After so
# many bytes, some milliseconds, whoever else is waiting has a turn.
TURN_BYTES = 2 * 1024 * 1024

# What takes a piece, which is its own only until it returns; something to wait for where it must catch up.
Take = Callable[[memoryview], Awaitable[None] | None]

# Received into and handed on in one callback of the event loop: never in two hands.
_buffer = memoryview(bytearray(BUFFER_BYTES))


class StraightHttp(HttpToolsProtocol):
    """uvicorn's protocol, able to hand its connection over while a body comes.

    `body_bytes` is how much of a body the parser has seen, and `in_message` whether it is within a request.
    """

    body_bytes = 0
    in_message = False

    def on_message_begin(self) -> None:
        """Count anew for each request."""
        super().on_message_begin()
        self.body_bytes = 0
        self.in_message = True

    def on_body(self, body: bytes) -> None:
        """Hand on what the parser saw of a body."""
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        super().on_message_complete()
        self.in_message = False

    def renew_parser(self) -> None:
        """Expect the next request: the rest of this one's body went past the parser."""
        self.in_message = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)


class Straight:
    """The ASGI extension `tipline.straight`: one request's offer to read its body straight."""

    def __init__(self, http: StraightHttp, cycle: RequestResponseCycle) -> None:
        self._http = http
        self._cycle = cycle

    def begin(self, length: int, take: Take, idle_seconds: float) -> "StraightReader":
        """Read a body of `length` bytes into `take`; `ended` of what is returned tells the end."""
        http, cycle = self._http, self._cycle
        if cycle.waiting_for_100_continue:
            http.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        came, cycle.body = memoryview(bytes(cycle.body)), bytearray()
        # Where the body is whole, the parser may be at a later request already, and count that one's.
        left = length - http.body_bytes if cycle.more_body else 0
        reader = StraightReader(http, cycle, left, take, idle_seconds)
        reader.begin(came)
        return reader


class StraightReader(asyncio.BufferedProtocol):
    """Holds the connection while a body comes, and gives it back after the body's last byte.

    `ended` is done when all of the body was taken. It fails with `ConnectionError` where the client is gone,
    with `TimeoutError` where nothing came for `idle_seconds`, with what `take` raised, or with what `end` was
    given; what then still comes of the body is dropped.
    """

    __slots__ = (
        "_behind",
        "_cycle",
        "_heard_at",
        "_http",
        "_idle_seconds",
        "_left",
        "_take",
        "_timer",
        "ended",
    )

    def __init__(
        self, http: StraightHttp, cycle: RequestResponseCycle, left: int, take: Take, idle_seconds: float
    ) -> None:
        self._http = http
        self._cycle = cycle
        self._left = left
        self._take: Take | None = take
        self._behind: asyncio.Future[None] | None = None
        self.ended: asyncio.Future[None] = http.loop.create_future()
        self._idle_seconds = idle_seconds
        self._heard_at = http.loop.time()
        self._timer = http.loop.call_later(idle_seconds, self._look_whether_idle)
        self.ended.add_done_callback(lambda _: self._timer.cancel())

    def begin(self, came: memoryview) -> None:
        """Take what came with the head, and then the connection."""
        # What fails to be written closes the connection a turn before that is told.
        if self._cycle.disconnected or self._http.transport.is_closing():
            self.end(ConnectionError())
            return
        if self._left:
            self._http.flow.pause_reading()
            self._http.transport.set_protocol(self)
        if came:
            self._hand_on(came)
        elif self._left == 0:
            self.ended.set_result(None)
        if self._behind is None:
            self._go_on()

    @property
    def behind(self) -> asyncio.Future[None] | None:
        """What is waited for before more is read; a piece may still be in use until it is done."""
        return self._behind

    def end(self, why: BaseException) -> None:
        """Take nothing more, and fail with `why`."""
        self._take = None
        if not self.ended.done():
            self.ended.set_exception(why)
        if self._behind is None and self._left and not self._http.transport.is_closing():
            self._http.flow.resume_reading()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (asyncio names it)
        """Offer room for no more than the rest of the body."""
        return _buffer[: min(self._left, BUFFER_BYTES)]

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what was received."""
        self._left -= nbytes
        self._heard_at = self._http.loop.time()
        self._hand_on(_buffer[:nbytes])
        if self._left == 0:
            self._give_back()
        elif self._behind is None and self._left // TURN_BYTES != (self._left + nbytes) // TURN_BYTES:
            self._http.flow.pause_reading()
            self._http.loop.call_soon(self._go_on)

    def eof_received(self) -> bool:
        """Let the connection close: the body will never be whole."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the client is gone."""
        self._http.connection_lost(exc)
        self.end(ConnectionError())

    def pause_writing(self) -> None:
        """Pass it on: the answer is written by the parser's side."""
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._http.resume_writing()

    def _look_whether_idle(self) -> None:
        quiet = 0.0 if self._behind else self._http.loop.time() - self._heard_at
        if quiet >= self._idle_seconds:
            self.end(TimeoutError())
        else:
            self._timer = self._http.loop.call_later(self._idle_seconds - quiet, self._look_whether_idle)

    def _hand_on(self, piece: memoryview) -> None:
        if self._take is None:
            return
        try:
            behind = self._take(piece)
        except Exception as error:
            self.end(error)
            return
        if behind is not None:
            self._http.flow.pause_reading()
            self._behind = asyncio.ensure_future(behind)
            self._behind.add_done_callback(self._caught_up)
        elif self._left == 0 and not self.ended.done():
            self.ended.set_result(None)

    def _caught_up(self, behind: "asyncio.Future[None]") -> None:
        self._behind = None
        self._heard_at = self._http.loop.time()
        if behind.cancelled():
            self.end(ConnectionError())
        elif error := behind.exception():
            self.end(error)
        elif self._left == 0 and not self.ended.done():
            self.ended.set_result(None)
        self._go_on()

    def _go_on(self) -> None:
        if not self._http.transport.is_closing():
            self._http.flow.resume_reading()

    def _give_back(self) -> None:
        """Let the parser have the connection again; where we are behind, it is still paused."""
        paused = self._http.flow.read_paused
        self._http.flow.pause_reading()
        self._http.renew_parser()
        self._http.transport.set_protocol(self._http)
        self._cycle.more_body = False
        if not paused:
            self._http.flow.resume_reading()
