"""What uploads cost, beside a peer that stores them by the same protocol."""

import os
import statistics
from collections.abc import Iterator

from bench.crowd import send_as_a_crowd
from bench.figures.pair import Pair
from bench.memory import send_very_large
from bench.report import Row, compared
from bench.small import per_second, tip_and_upload, upload
from bench.takeover import take_over
from bench.throughput import GIB, Throughput, send_large

ROUNDS = 5


def small(pair: Pair) -> Iterator[Row]:
    """Uploads of one KiB."""
    peer = per_second(pair.peer, upload)
    ours = per_second(pair.ours, upload)
    yield compared("1-KiB uploads: create + patch; a tip is made of each", ours, peer, "0.5", "1", "/s")
    ours = per_second(pair.ours, tip_and_upload)
    yield compared("the same, and a tip with words opened before each", ours, peer, "0.5", "1", "/s")


def throughput(pair: Pair) -> Iterator[Row]:
    """One upload of 1 GiB, in turn, the median of five."""
    source = pair.work / "source"
    source.write_bytes(os.urandom(1 << 20) * 1024)
    ours: list[Throughput] = []
    peer: list[Throughput] = []
    for _ in range(ROUNDS):
        ours.append(send_large(pair.ours, source, GIB))
        peer.append(send_large(pair.peer, source, GIB))
    our_rate, peer_rate = (statistics.median(one.rate for one in side) for side in (ours, peer))
    our_cost, peer_cost = (statistics.median(one.cost for one in side) for side in (ours, peer))
    yield compared("1 GiB upload, throughput", our_rate, peer_rate, "1.2", "2", "MiB/s")
    yield compared("server CPU-s per GiB", our_cost, peer_cost, "0.7", "0.35")


def crowd(pair: Pair) -> Iterator[Row]:
    """A thousand slow uploads."""
    yield _crowd(pair, 1000, "1000, 80 MB, 30 ms", "")


def large_crowd(pair: Pair) -> Iterator[Row]:
    """Five thousand."""
    yield _crowd(pair, 5000, "", "5000, 150 MB, 30 ms")


def _crowd(pair: Pair, phones: int, must: str, aim: str) -> Row:
    ours, peer = (
        f"{one.finished}, {one.resident_mb:.0f} MB, {one.head_p99_ms:.1f} ms, {one.cpu_seconds:.1f} CPU-s"
        for one in (send_as_a_crowd(pair.ours, phones), send_as_a_crowd(pair.peer, phones))
    )
    return Row(f"{phones} slow uploads: finished, RSS, HEAD p99, CPU", ours, peer, None, must, aim)


def memory(pair: Pair) -> Iterator[Row]:
    """One upload of 20 GB."""
    ours = send_very_large(pair.ours, 20 * 10**9)
    told = f"{ours.before_mb:.0f} MB, {ours.first_mb:.0f} in the first GB, {ours.peak_mb:.0f} at most"
    yield Row(
        f"memory while {ours.sent / 1e9:.0f} GB come in one upload", told, "", None, "flat, < 100 MB", ""
    )


def takeover(pair: Pair) -> Iterator[Row]:
    """A hung PATCH taken over."""
    ours, peer = (1000 * take_over(server) for server in (pair.ours, pair.peer))
    yield compared("take-over of a hung PATCH", ours, peer, "50 ms", "5 ms", "ms")
