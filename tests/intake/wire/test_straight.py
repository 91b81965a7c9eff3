"""Bodies that go past the parser: every byte once, the next request untouched, an end for every trouble."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from evidence.errors import EvidenceError, Invalid
from intake.wire.body import Bodies, Body, Disconnected, Stalled
from intake.wire.http import Answer, Receive, Request, Scope, Send, problem
from intake.wire.straight import BUFFER_BYTES, TURN_BYTES
from tests.intake.wire.serving import heard, line_to, serving
from tests.waiting import eventually

WHOLE = secrets.token_bytes(3_456_789)
IDLE = 0.3


@dataclass
class Pouring:
    """An app that pours each body into `taken`, through a `take` of the test's own."""

    before: Callable[[int], Awaitable[None] | None] = lambda _: None
    idle_seconds: float = 20.0
    taken: bytearray = field(default_factory=bytearray)
    troubles: list[type[BaseException]] = field(default_factory=list)
    bodies: Bodies = field(default_factory=Bodies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)

        def take(piece: memoryview) -> Awaitable[None] | None:
            self.taken += piece
            return self.before(len(self.taken))

        try:
            with self.bodies.reading(Body(receive, request=request, idle_seconds=self.idle_seconds)) as body:
                await body.pour(take)
            answer = Answer(200, body=b"%d taken" % len(self.taken))
        except Disconnected as gone:
            self.troubles.append(type(gone))
            return
        except EvidenceError as refusal:
            self.troubles.append(type(refusal))
            answer = problem(refusal)
        await answer.send(send)


def head(length: int, more: str = "") -> bytes:
    return f"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 100_000] for at in range(0, len(body), 100_000)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("length", [0, 1, 1000, len(WHOLE)])
@pytest.mark.parametrize("at_once", [True, False], ids=["with its head", "after its head"])
def test_a_body_is_taken_whole_and_the_next_request_is_understood(length: int, at_once: bool) -> None:
    app = Pouring()
    with serving(app) as port, line_to(port) as line:
        for number in (1, 2, 3):
            if at_once:
                line.sendall(head(length) + WHOLE[:length])
            else:
                line.sendall(head(length))
                line.sendall(WHOLE[:length])
            assert heard(line, until=b"taken").endswith(b"\r\n\r\n%d taken" % (number * length))
    assert app.taken == WHOLE[:length] * 3


def test_a_request_sent_before_the_answer_waits_its_turn() -> None:
    app = Pouring()
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(len(WHOLE)) + WHOLE + head(5) + b"hello")
        assert heard(line, until=b"%d taken" % (len(WHOLE) + 5)).count(b"HTTP/1.1 200 ") == 2
    assert app.taken == WHOLE + b"hello"


def test_small_requests_sent_at_once_are_told_apart() -> None:
    app = Pouring()
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(5) + b"hello" + head(3) + b"you" + head(0) + head(4) + b"here")
        assert heard(line, until=b"12 taken").count(b"HTTP/1.1 200 ") == 4
    assert app.taken == b"helloyouhere"


def test_a_body_without_a_length_comes_by_the_parser() -> None:
    app = Pouring()
    with serving(app) as port, line_to(port) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(WHOLE))
        heard(line, until=b"taken")
    assert app.taken == WHOLE


def test_who_asks_whether_to_go_on_is_told() -> None:
    app = Pouring()
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(5, "Expect: 100-continue\r\n"))
        assert heard(line, until=b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"hello")
        assert heard(line, until=b"taken").endswith(b"5 taken")


def test_a_fast_sender_leaves_the_others_their_turns() -> None:
    """While a piece is worked on, the kernel has the next one ready."""
    turns: list[set[int]] = [set()]

    def work(taken: int) -> None:
        if not turns[-1]:
            asyncio.get_running_loop().call_soon(turns.append, set())
        turns[-1].add(taken)
        sha256(WHOLE).digest()

    app = Pouring(before=work)
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(8 * len(WHOLE)))
        for _ in range(8):
            line.sendall(WHOLE)
        heard(line, until=b"taken")
    assert app.taken == WHOLE * 8
    assert max(max(turn) - min(turn) for turn in turns if turn) <= TURN_BYTES + BUFFER_BYTES


def test_nothing_is_read_while_the_taker_is_behind() -> None:
    async def catch_up() -> None:
        behind.append(len(app.taken))
        await asyncio.sleep(0)
        assert len(app.taken) == behind[-1], "a piece came while the last one was in use"

    behind: list[int] = []
    app = Pouring(before=lambda _: catch_up())
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(len(WHOLE)) + WHOLE)
        assert b" 200 " in heard(line, until=b"taken")
    assert app.taken == WHOLE
    assert behind[-1] == len(WHOLE)


@pytest.mark.parametrize("later", [False, True], ids=["at once", "while it catches up"])
def test_a_refusal_in_mid_body_is_heard_and_the_line_goes_on(later: bool) -> None:
    async def refuse() -> None:
        raise Invalid("Enough.")

    def check(taken: int) -> Awaitable[None] | None:
        if taken < 1_000_000:
            return None
        if later:
            return refuse()
        raise Invalid("Enough.")

    app = Pouring(before=check)
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(len(WHOLE)) + WHOLE)
        assert b"HTTP/1.1 400 " in heard(line, until=b"Enough.")
        before = len(app.taken)
        app.before = lambda _: None
        line.sendall(head(2) + b"ok")
        assert heard(line, until=b"taken").endswith(b"%d taken" % (before + 2))


def test_an_interruption_ends_a_body_that_waits() -> None:
    def stop_soon(_: int) -> None:
        asyncio.get_running_loop().call_soon(app.bodies.stop)

    app = Pouring(before=stop_soon)
    with serving(app) as port, line_to(port) as line:
        line.sendall(head(len(WHOLE)) + WHOLE[:1000])
        assert b"HTTP/1.1 503 " in heard(line, until=b"restarting")
    assert app.taken == WHOLE[:1000]


def test_silence_is_told_from_an_end() -> None:
    app = Pouring(idle_seconds=IDLE)
    with serving(app) as port:
        with line_to(port) as line:
            line.sendall(head(len(WHOLE)) + WHOLE[:1000])
            assert b"HTTP/1.1 503 " in heard(line, until=b"body_stalled")
        with line_to(port) as line:
            line.sendall(head(len(WHOLE)) + WHOLE[:1000])
        eventually(lambda: len(app.troubles) == 2)
    assert app.troubles == [Stalled, Disconnected]


def test_whoever_is_cancelled_takes_nothing_more() -> None:
    """The process ends; what still comes must not be written to files that are closed by then."""
    tasks: list[asyncio.Task[None]] = []
    pouring = Pouring()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        tasks.append(asyncio.ensure_future(pouring(scope, receive, send)))
        await asyncio.wait(tasks)

    with serving(app) as port, line_to(port) as line:
        line.sendall(head(1000) + b"x" * 10)
        eventually(lambda: len(pouring.taken) == 10)
        tasks[0].get_loop().call_soon_threadsafe(tasks[0].cancel)
        eventually(tasks[0].cancelled)
        line.sendall(b"y" * 990)
        heard(line)
    assert bytes(pouring.taken) == b"x" * 10
