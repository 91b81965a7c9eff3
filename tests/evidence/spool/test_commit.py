"""Everybody is covered by a sync that began after they asked, and few syncs cover many."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from evidence.spool.commit import GroupCommit


class Disk:
    """Counts syncs; each may be held up, and each may fail."""

    def __init__(self) -> None:
        self.written: set[int] = set()
        self.safe: set[int] = set()
        self.syncs = 0
        self.failing = 0
        self.held = threading.Event()
        self.held.set()
        self.entered = threading.Event()

    def sync(self) -> None:
        seen = set(self.written)
        self.syncs += 1
        self.entered.set()
        assert self.held.wait(30)
        if self.failing:
            self.failing -= 1
            raise OSError("the disk is gone")
        self.safe |= seen


def test_nobody_goes_on_before_a_sync_that_began_after_they_wrote() -> None:
    disk = Disk()
    commit = GroupCommit(disk.sync)
    numbers = itertools.count()

    def write_and_wait(_: int) -> bool:
        mine = next(numbers)
        disk.written.add(mine)
        commit.wait()
        return mine in disk.safe

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(write_and_wait, range(2000)))
    assert disk.syncs <= 2000


def test_all_who_come_while_one_runs_share_the_next() -> None:
    disk = Disk()
    commit = GroupCommit(disk.sync)
    disk.held.clear()
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(commit.wait)
        assert disk.entered.wait(30)
        others = [pool.submit(commit.wait) for _ in range(8)]
        while not all(other.running() for other in others):
            pass
        assert not any(other.done() for other in others)
        disk.held.set()
        for one in (first, *others):
            one.result(30)
    # One of the eight may have been too late for the second.
    assert disk.syncs <= 3


def test_a_failure_is_told_to_whoever_did_the_work_and_the_others_try_again() -> None:
    disk = Disk()
    commit = GroupCommit(disk.sync)
    disk.failing = 1
    with pytest.raises(OSError, match="the disk is gone"):
        commit.wait()
    commit.wait()
    assert disk.syncs == 2
