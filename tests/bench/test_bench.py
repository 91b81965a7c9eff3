"""The bench measures both servers by the same senders, and leaves nothing of them however it ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench import echoes
from bench.ceiling import Cost, commits_per_second
from bench.crowd import send_as_a_crowd
from bench.figures.pair import Pair, both_servers
from bench.memory import send_very_large
from bench.queue import queue
from bench.receipt import try_words
from bench.servers import ROOT
from bench.simulated import Machine, ceiling, p99_ms, without_notifying
from bench.small import per_second, tip_and_upload, upload
from bench.takeover import take_over
from bench.throughput import send_large
from tests.waiting import eventually


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with both_servers(tmp_path_factory.mktemp("bench")) as pair:
        yield pair


def test_every_figure_is_of_whole_uploads(pair: Pair) -> None:
    source = pair.work / "source"
    source.write_bytes(bytes(1 << 20))
    for server in (pair.ours, pair.peer):
        assert send_large(server, source, 1 << 20).rate > 0
        assert send_as_a_crowd(server, phones=5, seconds=1).finished == 5
        assert take_over(server, times=2) > 0
        assert list(server.directory.iterdir()) == []
        assert per_second(server, upload, seconds=0.5) > 0
    assert per_second(pair.ours, tip_and_upload, seconds=0.5) > 0
    tries = try_words(pair.ours, rounds=3)
    assert [len(side) for side in (tries.right, tries.wrong, tries.mistyped)] == [3, 3, 3]
    memory = send_very_large(pair.ours, 3_000_000)
    assert (memory.sent, memory.before_mb <= memory.first_mb <= memory.peak_mb) == (3_000_000, True)


def test_every_copy_is_looked_up_and_found(tmp_path: Path) -> None:
    with echoes.archive(tmp_path, 2_000) as archive:
        looks = echoes.look_up(archive, looks=10, scans=1)
    assert (looks.found, looks.copies, len(looks.ours), len(looks.scan)) == (8, 8, 10, 1)


def test_jobs_are_done_and_gone(tmp_path: Path) -> None:
    with queue(tmp_path) as waiting:
        waiting.fill("batch", 1000)
        waiting.fill("media", 50)
        assert waiting.per_second("media", 50) > 0
        assert waiting.fetch_ms("media", times=2) > 0  # nothing is left in it, or this raises
        with pytest.raises(LookupError, match="not empty"):
            waiting.fetch_ms("batch", times=1)


def test_commits_are_counted_with_and_without_a_notification(tmp_path: Path) -> None:
    commits = commits_per_second(tmp_path, seconds=1)
    assert min(commits.alone, commits.plain, commits.notifying) > 0


CLIP = Cost(commits=30, notifying=12, wal_bytes=60_000, database_bytes=40_000, cpu_seconds=0.1)
SMALL, LARGE = Machine("small", 2, 2.0, 200e6), Machine("large", 64, 2.0, 200e6)


def test_the_simulation_knows_what_bounds_a_postgres() -> None:
    """Few processors bound it by themselves; with many, what notifies does: one write of the log for each."""
    assert ceiling(CLIP, SMALL) == pytest.approx(2 / 0.1, rel=0.2)
    assert ceiling(CLIP, LARGE) == pytest.approx(1 / (12 * 0.002), rel=0.2)
    assert ceiling(without_notifying(CLIP), LARGE) > 5 * ceiling(CLIP, LARGE)
    assert p99_ms(CLIP, LARGE, 5) < p99_ms(CLIP, LARGE, 35) < p99_ms(CLIP, LARGE, 60)


def test_whoever_ends_it_finds_nothing_left(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--disk", str(tmp_path), "crowd"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as bench:
        us = psutil.Process(bench.pid)
        eventually(lambda: any(tmp_path.glob("*/ours/*")), what="the first measurement")
        family = us.children(recursive=True)
        assert len(family) > 2
        bench.send_signal(signal.SIGTERM)
        assert bench.wait(60) != 0
    assert list(tmp_path.iterdir()) == []
    eventually(lambda: not any(process.is_running() for process in family), what="everybody's end")
