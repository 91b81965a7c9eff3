"""Bodies: read to their end, interrupted from outside, given up after silence."""

import asyncio
import time
from uuid import uuid4

import pytest

from evidence.spool import Superseded
from intake.wire.body import Bodies, Body, Disconnected, Stalled, Stopping
from intake.wire.http import Message


class Line:
    """A connection on which messages come when a test says so."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Message] = asyncio.Queue()

    def sends(self, piece: bytes, *, more: bool = True) -> None:
        self.queue.put_nowait({"type": "http.request", "body": piece, "more_body": more})

    def drops(self) -> None:
        self.queue.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> Message:
        return await self.queue.get()


def test_a_body_is_read_to_its_end() -> None:
    async def scene() -> list[bytes | None]:
        line = Line()
        line.sends(b"a")
        line.sends(b"b", more=False)
        body = Body(line.receive)
        return [await body.read(), await body.read(), await body.read(), await body.read()]

    assert asyncio.run(scene()) == [b"a", b"b", None, None]


def test_a_client_that_is_gone_is_told_from_one_that_is_silent() -> None:
    async def scene() -> None:
        line = Line()
        with pytest.raises(Stalled):
            await Body(line.receive, idle_seconds=0.01).read()
        line.drops()
        with pytest.raises(Disconnected):
            await Body(line.receive).read()

    asyncio.run(scene())


@pytest.mark.parametrize("while_reading", [True, False])
def test_an_interruption_reaches_a_read_that_waits_and_the_one_to_come(while_reading: bool) -> None:
    async def scene() -> float:
        body = Body(Line().receive)
        began = time.monotonic()
        if while_reading:
            reading = asyncio.create_task(body.read())
            await asyncio.sleep(0)
            body.interrupt(Superseded())
            with pytest.raises(Superseded):
                await reading
        else:
            body.interrupt(Superseded())
        with pytest.raises(Superseded):
            await body.read()
        return time.monotonic() - began

    assert asyncio.run(scene()) < 1.0


def test_only_the_holder_of_this_upload_is_interrupted() -> None:
    async def scene() -> None:
        bodies, mine, other = Bodies(), uuid4(), uuid4()
        line = Line()
        line.sends(b"on")
        with (
            bodies.reading(Body(line.receive), other) as untouched,
            bodies.reading(Body(Line().receive), mine) as holder,
        ):
            bodies.take_over(mine)
            bodies.take_over(uuid4())
            with pytest.raises(Superseded):
                await holder.read()
            assert await untouched.read() == b"on"

    asyncio.run(scene())


def test_an_older_holder_that_ends_does_not_hide_the_newer() -> None:
    async def scene() -> None:
        bodies, upload_id = Bodies(), uuid4()
        old = bodies.reading(Body(Line().receive), upload_id)
        old.__enter__()
        with bodies.reading(Body(Line().receive), upload_id) as new:
            old.__exit__(None, None, None)
            bodies.take_over(upload_id)
            with pytest.raises(Superseded):
                await new.read()

    asyncio.run(scene())


def test_the_end_interrupts_every_body_also_later_ones() -> None:
    async def scene() -> None:
        bodies = Bodies()
        with bodies.reading(Body(Line().receive)) as reading:
            bodies.stop()
            with pytest.raises(Stopping):
                await reading.read()
        with bodies.reading(Body(Line().receive)) as late, pytest.raises(Stopping):
            await late.read()

    asyncio.run(scene())
