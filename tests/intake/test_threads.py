"""Work that a thread does for somebody who is cancelled meanwhile."""

import asyncio
import os
import threading

import pytest

from intake.threads import Threads, share_one_core


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


def test_what_runs_python_shares_a_core_and_long_work_roams() -> None:
    every = os.sched_getaffinity(0)

    async def scene() -> list[set[int]]:
        threads = Threads()
        pools = (threads.on_disk, threads.in_database, threads.at_length)
        found = await asyncio.gather(*(pool(os.sched_getaffinity, 0) for pool in pools))
        threads.close()
        return found

    try:
        share_one_core(1)
        mine = os.sched_getaffinity(0)
        found = asyncio.run(scene())
        share_one_core(2)
        assert (os.sched_getaffinity(0) == mine) == (len(every) == 1)
    finally:
        os.sched_setaffinity(0, every)
    assert len(mine) == 1
    assert mine <= every
    assert found == [mine, mine, every]


def test_where_the_kernel_gives_no_core_the_work_is_done_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a container whose cores are others by now, or under a filter of system calls."""
    every = os.sched_getaffinity(0)
    monkeypatch.setattr("intake.threads._CORES", {1000 + max(every)})

    async def scene() -> set[int]:
        threads = Threads()
        found = await threads.at_length(os.sched_getaffinity, 0)
        threads.close()
        return found

    share_one_core(1)
    assert os.sched_getaffinity(0) == every
    assert asyncio.run(scene()) == every
    assert caplog.messages == ["A thread stays on the cores that it has: Invalid argument."] * 2
