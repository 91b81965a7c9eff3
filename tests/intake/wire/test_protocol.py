"""Heads that never end, and answers before the answer."""

import asyncio
import socket
import threading
import time

import pytest

from intake.wire.http import Answer, Message, Receive, Scope, Send
from intake.wire.protocol import INFORMATIONAL, MAX_HEAD_BYTES, DoorProtocol
from tests.intake.wire.serving import heard, line_to, serving
from tests.waiting import eventually
from tipline.up.ports import LOOPBACK

GET = b"GET / HTTP/1.1\r\nHost: here\r\n"


FORM = (
    b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
)


class Impatient(DoorProtocol):
    head_seconds = 0.2


class Brusque(DoorProtocol):
    linger_seconds = 0.05


class Patient(DoorProtocol):
    linger_seconds = 60.0


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await Answer(200, body=b"hello").send(send)


@pytest.mark.parametrize("first", [b"", GET + b"\r\n"], ids=["the first", "a later one"])
def test_a_head_that_does_not_come_whole_is_given_up(first: bytes) -> None:
    with serving(app, Impatient) as port, line_to(port) as line:
        line.sendall(first)
        if first:
            assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")
        line.sendall(GET + b"X-Half: sent")
        assert heard(line).startswith(b"HTTP/1.1 408 ")


def test_a_line_on_which_nothing_is_said_is_closed_without_a_word() -> None:
    with serving(app, Impatient) as port, line_to(port) as line:
        assert heard(line) == b""


def test_a_head_that_came_while_the_loop_stood_still_is_answered() -> None:
    standing, go_on = threading.Event(), threading.Event()

    class StandingStill(Impatient):
        def data_received(self, data: bytes) -> None:
            if b"/stall" in data:
                standing.set()
                go_on.wait(20)
            super().data_received(data)

    with serving(app, StandingStill) as port, line_to(port) as line, line_to(port) as other:
        other.sendall(b"GET /stall HTTP/1.1\r\nHost: here\r\n\r\n")
        assert standing.wait(20)
        line.sendall(GET + b"\r\n")
        came = time.monotonic()
        eventually(lambda: time.monotonic() > came + 2 * Impatient.head_seconds, "more than patience")
        go_on.set()
        assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")


def test_a_slow_head_that_comes_whole_is_answered() -> None:
    with serving(app) as port, line_to(port) as line:
        for byte in GET + b"\r\n":
            line.sendall(bytes([byte]))
        assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")


def test_a_head_without_end_is_refused_before_it_fills_the_memory() -> None:
    with serving(app) as port, line_to(port) as line:
        line.sendall(GET)
        pair = b"X-More: " + b"x" * 1000 + b"\r\n"
        try:
            for _ in range(100 * MAX_HEAD_BYTES // len(pair)):
                line.sendall(pair)
            said = heard(line)
        except ConnectionError:
            return  # closed while we were still sending, which may take the answer along
        assert said.startswith(b"HTTP/1.1 431 ")


def test_a_head_that_begins_behind_a_body_is_not_charged_for_it() -> None:
    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await Answer(200, body=b"hello").send(send)

    body = b"x" * (2 * MAX_HEAD_BYTES)
    with serving(reading) as port, line_to(port) as line:
        line.sendall(
            b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body) + GET
        )
        heard(line, until=b"hello")
        line.sendall(b"X-More: a\r\n\r\n")
        assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")


def send_for_ever(line: socket.socket) -> None:
    while True:
        line.sendall(b"x" * 10_000)


def test_what_still_comes_of_an_answered_body_is_heard_no_more() -> None:
    with serving(app, Brusque) as port, line_to(port) as line:
        line.sendall(b"PATCH / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000000\r\n\r\n")
        # First comes the answer and the end of all answers; only then is the line gone, and the sender told.
        assert heard(line).endswith(b"hello")
        with pytest.raises(ConnectionError):
            send_for_ever(line)


def test_a_form_is_let_come_to_its_end() -> None:
    with serving(app, Brusque) as port, line_to(port) as line:
        line.sendall(FORM)
        assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")
        line.settimeout(10 * Brusque.linger_seconds)
        with pytest.raises(TimeoutError):
            line.recv(1)
        line.sendall(b"x" * 1_000_000 + GET + b"\r\n")
        assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")


def test_a_form_that_nobody_reads_holds_no_line() -> None:
    async def drip() -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(FORM)
        await reader.readuntil(b"hello")
        closed = asyncio.ensure_future(reader.read())
        while not closed.done():
            writer.write(b"x")
            await asyncio.wait([closed], timeout=0.1)
        writer.close()

    with serving(app, keep_alive_seconds=1) as port:
        asyncio.run(asyncio.wait_for(drip(), 20))


def test_a_refused_body_that_ends_makes_way_for_the_next_request() -> None:
    with serving(app, Patient) as port, line_to(port) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 300000\r\n\r\n")
        heard(line, until=b"hello")
        line.sendall(b"x" * 300_000 + GET + b"\r\n")
        assert heard(line, until=b"hello").startswith(b"HTTP/1.1 200 ")


def test_informational_answers_come_before_the_answer_and_never_after() -> None:
    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        told: Message = {"type": INFORMATIONAL, "status": 104, "headers": [(b"location", b"/there")]}
        assert INFORMATIONAL in scope["extensions"]
        await send(told)
        await send({**told, "status": 103})
        await Answer(201).send(send)
        await send(told)

    with serving(telling) as port, line_to(port) as line:
        line.sendall(GET + b"Connection: close\r\n\r\n")
        said = heard(line)
    assert said.startswith(b"HTTP/1.1 104 \r\nlocation: /there\r\n\r\nHTTP/1.1 103 Early Hints\r\n")
    assert said.index(b"HTTP/1.1 201 Created") > said.index(b"103")
    assert said.count(b"HTTP/1.1") == 3
