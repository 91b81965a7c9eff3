"""The bench measures both servers by the same senders, and leaves nothing of them however it ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench import echoes
from bench.__main__ import Pair, both_servers
from bench.crowd import send_as_a_crowd
from bench.memory import send_very_large
from bench.receipt import try_words
from bench.servers import ROOT
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
