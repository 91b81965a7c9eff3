"""Work that a thread does for somebody who is cancelled meanwhile."""

import asyncio
import threading

import pytest

from intake.threads import Threads


@pytest.mark.parametrize("cancellations", [1, 2])
def test_whoever_is_cancelled_still_waits_for_the_disk(cancellations: int) -> None:
    """He would close the descriptors that it uses, and the next file opened would have their numbers."""
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(20)
        done.set()

    async def scene() -> None:
        threads = Threads()
        caller = asyncio.create_task(threads.on_disk(work))
        await asyncio.to_thread(begun.wait)
        for _ in range(cancellations):
            caller.cancel()
            assert not (await asyncio.wait([caller], timeout=0.05))[0]
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert done.is_set()
        threads.close()

    asyncio.run(scene())


def test_work_that_has_not_begun_is_not_begun_for_nobody() -> None:
    busy = threading.Event()
    done: list[int] = []

    async def scene() -> None:
        threads = Threads()
        filling = [asyncio.create_task(threads.on_disk(busy.wait, 20)) for _ in range(8)]
        caller = asyncio.create_task(threads.on_disk(done.append, 1))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        busy.set()
        await asyncio.gather(*filling)
        threads.close()

    asyncio.run(scene())
    assert done == []
