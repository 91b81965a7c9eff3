"""`python -m bench [FIGURE...]`: every figure, or those that are named, on a disk and in memory.

Durability, on both sides as they are: ours puts bytes and directory entries on the disk (fdatasync, fsync)
before it acknowledges them, and Postgres commits durably; the peer syncs nothing. In memory (tmpfs) a sync
costs nothing, so that the endpoints themselves are compared.
"""

import argparse
import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.crowd import send_as_a_crowd
from bench.memory import send_very_large
from bench.report import Row, compared, show
from bench.servers import ROOT, Server, our_door, the_peer
from bench.small import per_second, tip_and_upload, upload
from bench.takeover import take_over
from bench.throughput import GIB, Throughput, send_large
from tipline.up.postgres import EmbeddedPostgres

MEMORY = Path("/dev/shm")
ROUNDS = 5


@dataclass(frozen=True)
class Pair:
    """Both servers, and a file of one GiB to send."""

    ours: Server
    peer: Server
    source: Path


def throughput(pair: Pair) -> Iterator[Row]:
    """One upload of 1 GiB, in turn, the median of five."""
    ours: list[Throughput] = []
    peer: list[Throughput] = []
    for _ in range(ROUNDS):
        ours.append(send_large(pair.ours, pair.source, GIB))
        peer.append(send_large(pair.peer, pair.source, GIB))
    rates = [statistics.median(one.rate for one in side) for side in (ours, peer)]
    costs = [statistics.median(one.cost for one in side) for side in (ours, peer)]
    yield compared("1 GiB upload, throughput", *rates, "1.2", "2", "MiB/s")
    yield compared("server CPU-s per GiB", *costs, "0.7", "0.35")


def crowd(pair: Pair) -> Iterator[Row]:
    """A thousand slow uploads."""
    yield _crowd(pair, 1000, "1000, 80 MB, 30 ms", "")


def large_crowd(pair: Pair) -> Iterator[Row]:
    """Five thousand."""
    yield _crowd(pair, 5000, "", "5000, 150 MB, 30 ms")


def _crowd(pair: Pair, phones: int, must: str, aim: str) -> Row:
    told = [
        f"{one.finished}, {one.resident_mb:.0f} MB, {one.head_p99_ms:.1f} ms, {one.cpu_seconds:.1f} CPU-s"
        for one in (send_as_a_crowd(pair.ours, phones), send_as_a_crowd(pair.peer, phones))
    ]
    return Row(f"{phones} slow uploads: finished, RSS, HEAD p99, CPU", *told, None, must, aim)


def memory(pair: Pair) -> Iterator[Row]:
    """One upload of 20 GB."""
    ours = send_very_large(pair.ours, 20 * 10**9)
    told = f"{ours.before_mb:.0f} MB, {ours.peak_mb:.0f} MB at most"
    yield Row(
        f"memory while {ours.sent / 1e9:.0f} GB come in one upload", told, "", None, "flat, < 100 MB", ""
    )


def takeover(pair: Pair) -> Iterator[Row]:
    """A hung PATCH taken over."""
    took = [1000 * take_over(server) for server in (pair.ours, pair.peer)]
    yield compared("take-over of a hung PATCH", *took, "50 ms", "5 ms", "ms")


def small(pair: Pair) -> Iterator[Row]:
    """Uploads of one KiB."""
    peer = per_second(pair.peer, upload)
    ours = per_second(pair.ours, upload)
    yield compared("1-KiB uploads: create + patch; a tip is made of each", ours, peer, "0.5", "1", "/s")
    ours = per_second(pair.ours, tip_and_upload)
    yield compared("the same, and a tip with words opened before each", ours, peer, "0.5", "1", "/s")


FIGURES: dict[str, Callable[[Pair], Iterator[Row]]] = {
    "throughput": throughput,
    "crowd": crowd,
    "large_crowd": large_crowd,
    "memory": memory,
    "takeover": takeover,
    "small": small,
}


@contextmanager
def both_servers(directory: Path) -> Iterator[Pair]:
    """Start both with all their state under `directory`, and leave nothing of it."""
    work = Path(tempfile.mkdtemp(prefix="tipline-bench-", dir=directory))
    try:
        source = work / "source"
        source.write_bytes(os.urandom(1 << 20) * 1024)
        with (
            EmbeddedPostgres(work / "postgres").running() as postgres,
            our_door(work, postgres) as ours,
            the_peer(work) as peer,
        ):
            yield Pair(ours, peer, source)
    finally:
        shutil.rmtree(work)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figures", nargs="*", choices=[[], *FIGURES], metavar="FIGURE", help=", ".join(FIGURES)
    )
    parser.add_argument("--disk", type=Path, default=ROOT / ".cache", help="a directory on a disk")
    asked = parser.parse_args()
    names = [name for name in FIGURES if name in (asked.figures or FIGURES)]
    _allow_many_files()
    asked.disk.mkdir(exist_ok=True)
    for place, directory in (("on a disk", asked.disk), ("in memory", MEMORY)):
        # Twenty gigabytes are for a disk.
        here = [name for name in names if not (name == "memory" and directory == MEMORY)]
        if here and directory.is_dir():
            with both_servers(directory) as pair:
                show(
                    f"Tipline beside @tus/server, {place}",
                    [row for name in here for row in FIGURES[name](pair)],
                )


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
