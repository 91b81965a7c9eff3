"""HTTP/1.1 as uvicorn speaks it, and what a public door for large uploads needs besides.

- A head must come whole, soon, and be of a sensible size: half-sent ones would hold connections for ever.
- Informational answers (1xx), by the ASGI extension `http.response.informational`.
- What still comes of a body after its answer is sent in vain: the line is closed, so that the client turns to
  the answer. A browser's form is let come to its end, within the time that a silent line is kept.
- Bodies that are read straight, by the extension `tipline.straight` (see `intake.wire.straight`).
"""

import asyncio
from collections.abc import MutableMapping
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any, cast

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from intake.wire.http import Message, Send
from intake.wire.straight import STRAIGHT, Straight, StraightHttp

MAX_HEAD_BYTES = 64 * 1024
# A browser may show no answer to a form before the form is sent (HTML, 4.10.21.3).
# Seconds; any wait at all lets the loop read once.
_A_TURN = 0.01
_FORMS = (b"multipart/form-data", b"application/x-www-form-urlencoded")

INFORMATIONAL = "http.response.informational"


class Flow(FlowControl):
    """uvicorn's flow control, whose event is made when first waited for: it would be a kilobyte a phone."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.read_paused = False
        self.write_paused = False

    @cached_property
    def _is_writable_event(self) -> asyncio.Event:  # type: ignore[override]
        event = asyncio.Event()
        if not self.write_paused:
            event.set()
        return event


class Pipeline(list[Any]):
    """uvicorn's queue of requests that were sent before an answer; an empty deque takes another kilobyte."""

    def appendleft(self, request: Any) -> None:
        """Queue a request; `pop` returns the one that waited longest."""
        self.insert(0, request)


class Deaf(asyncio.Protocol):
    """Holds a line on which all is said, until it is closed; what still comes is dropped."""

    def __init__(self, http: HttpToolsProtocol) -> None:
        self._http = http

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self._http.connection_lost(exc)


class DoorProtocol(StraightHttp):
    """One connection of the public door."""

    # A phone on a bad signal takes a second or two for a head; whoever takes this long is not sending one.
    head_seconds = 20.0
    # So long may a body go on after its answer, and so long again once it was told that nothing more is said.
    linger_seconds = 1.0

    head_timer: asyncio.TimerHandle | None = None
    head_bytes = 0
    linger_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect a first request, soon."""
        super().connection_made(cast(asyncio.Transport, transport))
        self.flow = Flow(self.transport)
        self.pipeline = Pipeline()  # type: ignore[assignment]
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_is_here()
        self._linger_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; a head that grows without end is refused."""
        in_body = self.in_message and self.head_timer is None
        super().data_received(data)
        # Where a head begins in the midst of a piece, what was before it is a body's, and not counted.
        if self.head_timer is not None and not in_body:
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Expect the whole head of a further request, soon."""
        self._unset_keepalive_if_required()
        self._linger_no_more()
        super().on_message_begin()
        if self.head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Start the request, with what this server can do besides."""
        self._head_is_here()
        super().on_headers_complete()
        # The application has not begun yet: its task waits for the event loop's next turn.
        cycle = self.cycle
        cycle.send = partial(_send, cycle, cast(Send, cycle.send))  # type: ignore[method-assign]
        extensions = {INFORMATIONAL: {}, STRAIGHT: Straight(self, cycle)}
        cast(MutableMapping[str, Any], self.scope)["extensions"] = extensions

    def on_response_complete(self) -> None:
        """Wait for a further request; not for the rest of this one's body."""
        super().on_response_complete()
        if self._answered_too_soon and not (self.transport.is_closing() or self._brings_a_form):
            self.linger_timer = self.loop.call_later(self.linger_seconds, self._fall_silent)

    def _fall_silent(self) -> None:
        """Close in stages (RFC 9112, 9.6).

        A browser that sends a body anew, after the server died under it, reads no answer before the last
        byte; it does once it cannot go on.
        """
        if not self.in_message or self.transport.is_closing():
            return
        self.transport.set_protocol(Deaf(self))
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.linger_timer = self.loop.call_later(self.linger_seconds, self.transport.close)
        else:
            # TLS ends for both sides together (close_notify); what still comes is dropped as well.
            self.transport.close()
            self.linger_timer = self.loop.call_later(self.linger_seconds, self.transport.abort)

    def _linger_no_more(self) -> None:
        if self.linger_timer is not None:
            self.linger_timer.cancel()
            self.linger_timer = None

    @property
    def _answered_too_soon(self) -> bool:
        return self.in_message and self.cycle is not None and self.cycle.response_complete

    @property
    def _brings_a_form(self) -> bool:
        return any(name == b"content-type" and value.startswith(_FORMS) for name, value in self.headers)

    def _unset_keepalive_if_required(self) -> None:
        """Let the line live on for a further request, but not for what still comes of a refused one's body:
        a byte now and then would hold it for ever."""
        if not self._answered_too_soon:
            super()._unset_keepalive_if_required()

    def _expect_head(self) -> None:
        self.head_bytes = 0
        self.head_timer = self.loop.call_later(self.head_seconds, self._listen_once_more)

    def _listen_once_more(self) -> None:
        # A loop that stood still runs its timers before it reads what came meanwhile.
        self.head_timer = self.loop.call_later(_A_TURN, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _head_is_here(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._head_is_here()
        if self.transport.is_closing():
            return
        if self.head_bytes:
            line = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            self.transport.write(f"{line}content-length: 0\r\nconnection: close\r\n\r\n".encode())
        self.transport.close()


async def _send(cycle: RequestResponseCycle, send: Send, message: Message) -> None:
    if message["type"] != INFORMATIONAL:
        await send(message)
    elif not (cycle.response_started or cycle.disconnected):
        cycle.transport.write(_informational(message))


def _informational(message: Message) -> bytes:
    """Write an informational answer (RFC 9110, 15.2)."""
    status = message["status"]
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    lines = [b"HTTP/1.1 %d %s" % (status, phrase.encode())]
    lines += [name + b": " + value for name, value in message.get("headers", ())]
    return b"\r\n".join(lines) + b"\r\n\r\n"
