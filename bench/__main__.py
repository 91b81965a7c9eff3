"""`python -m bench [FIGURE...]`: every figure, or those that are named, on a disk and in memory.

In memory (tmpfs) a sync costs nothing, so that the endpoints themselves are compared. Each figure is taken
of servers that have done nothing before.
"""

import argparse
import os
import resource
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import echoes as duplicates
from bench.audience import audience
from bench.ceiling import commits_per_second, cost_of
from bench.crowd import send_as_a_crowd
from bench.installation import installed
from bench.live import CUTS_SECONDS, SECONDS, cut, glass_to_glass
from bench.memory import send_very_large
from bench.pipeline import copy_and_hash, hevc_clip, phone_clip, run_bare
from bench.queue import queue
from bench.receipt import try_words
from bench.report import Row, compared, show
from bench.servers import ROOT, Server, our_door, the_peer
from bench.simulated import Machine, ceiling, without_notifying
from bench.small import per_second, tip_and_upload, upload
from bench.takeover import take_over
from bench.texts import Carrier, until_seen
from bench.texts import per_second as webhooks_per_second
from bench.throughput import GIB, Throughput, send_large
from bench.webrtc import call
from bench.workers import CLIPS, PHOTOS, clips, photos, work_off
from tipline.up.postgres import EmbeddedPostgres

MEMORY = Path("/dev/shm")
ROUNDS = 5
A_MILLION = 1_000_000
# One upload, and the file that it is sent from; and the database.
_ROOM_BYTES = 3 * GIB
_NOTE = (
    "Durability, on both sides as they are: ours has bytes and directory entries on the disk before it"
    " acknowledges them (fdatasync, fsync), and Postgres commits durably; the peer syncs nothing. CPU time"
    " and memory are those of the server's process; Postgres, which only ours has, is not in them."
)


@dataclass(frozen=True)
class Pair:
    """Both servers, and a directory that goes with them."""

    ours: Server
    peer: Server
    work: Path


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


def small(pair: Pair) -> Iterator[Row]:
    """Uploads of one KiB."""
    peer = per_second(pair.peer, upload)
    ours = per_second(pair.ours, upload)
    yield compared("1-KiB uploads: create + patch; a tip is made of each", ours, peer, "0.5", "1", "/s")
    ours = per_second(pair.ours, tip_and_upload)
    yield compared("the same, and a tip with words opened before each", ours, peer, "0.5", "1", "/s")


def pipeline(pair: Pair) -> Iterator[Row]:
    """Two clips prepared by a whole installation beside bare ffmpeg, and one sealed beside cp and a hash."""
    clips = (
        ("H.264 1080p, 1 min", phone_clip(pair.work / "phone.mp4")),
        ("HEVC 2160p, 15 s", hevc_clip(pair.work / "hevc.mov")),
    )
    large = pair.work / "large.bin"
    large.write_bytes(os.urandom(1 << 20) * 1024)
    with installed(pair.work) as installation:
        for name, clip in clips:
            ours = installation.prepare(clip)
            bare = run_bare(ours, clip, pair.work)
            yield compared(f"last byte to watchable: {name}", ours.watchable, bare.watchable, "2 s", "", "s")
            yield compared(
                f"CPU time of all copies: {name}", ours.cpu_seconds, bare.cpu_seconds, "1.2", "1.05", "s"
            )
        yield compared(
            "1 GiB hashed and sealed", installation.seal(large), copy_and_hash(large, pair.work), "", "", "s"
        )


def texts(pair: Pair) -> Iterator[Row]:
    """Messages by text: how many are taken in, and how soon one is seen."""
    with installed(pair.work) as installation:
        carrier = Carrier(installation)
        seen = until_seen(carrier, installation.signin, rounds=50)
        yield Row(
            "webhook to visible in an open queue, p50 and p95", _middle_and_tail(seen), "", None, "", ""
        )
        taken = webhooks_per_second(carrier)
        yield Row("inbound messages accepted", f"{taken:.0f} /s", "", None, "", "")


def _middle_and_tail(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=20)
    return f"{cuts[9]:.1f}, {cuts[18]:.1f} ms"


def live(pair: Pair) -> Iterator[Row]:
    """A clock filmed in one browser and read in others: glass to glass, and what it costs the servers."""
    with installed(pair.work) as installation:
        for senders, viewers in ((1, 1), (20, 40)):
            heard = audience(installation, senders, viewers)
            who = (
                f"{senders} sender{'s' if senders > 1 else ''}, {viewers} viewer{'s' if viewers > 1 else ''}"
            )
            told = f"{heard.told}; {100 * heard.door:.0f} %, {100 * heard.console:.0f} %"
            yield Row(f"a piece to its viewers; CPU of door and console: {who}", told, "", None, "", "")
        for loss in (0.0, 0.05):
            heard_by_peer = call(installation.intake, loss, SECONDS)
            lost = f"{100 * loss:.0f} % of packets lost"
            yield Row(
                f"the peer, aiortc: to the decoder, pictures, width, CPU of a core; {lost}",
                "",
                heard_by_peer.told,
                None,
                "",
                "",
            )
        for slice_ms, viewers in ((100, 1), (250, 1), (100, 4), (250, 4)):
            seen = glass_to_glass(installation, slice_ms, viewers)
            watched = f"slices of {slice_ms} ms, {viewers} viewer{'s' if viewers > 1 else ''}"
            yield Row(
                f"glass to glass, p50 and p95, pictures: {watched}", seen.told, "", None, "p95 800 ms", "500"
            )
            yield Row(
                f"first picture; CPU of door and console: {watched}",
                f"{max(seen.first_ms)} ms; {100 * seen.door:.0f} %, {100 * seen.console:.0f} %",
                "",
                None,
                "150 ms",
                "",
            )
            yield Row(f"bytes lost: {watched}", str(seen.lost_bytes), "", None, "0", "")
        for seconds in CUTS_SECONDS:
            away, figure = cut(installation, seconds), f"{seconds:.0f} s without a signal"
            again = f"{away.live_again_ms:.0f} ms"
            yield Row(f"{figure}: live again after its return", again, "", None, "2000 ms", "")
            yield Row(f"{figure}: bytes lost", str(away.lost_bytes), "", None, "0", "")


def echoes(pair: Pair) -> Iterator[Row]:
    """A clip looked up among a million pictures; beside it, what a scan of all of them takes."""
    with duplicates.archive(pair.work, 1_000_000) as archive:
        looks = duplicates.look_up(archive, looks=100, scans=2)
    yield Row(
        f"a clip among a million pictures, p50 and p95; {looks.found} of {looks.copies} copies found",
        f"{statistics.median(looks.ours):.0f}, {looks.p95:.0f} ms",
        f"{statistics.median(looks.scan):.0f} ms (a scan)",
        None,
        "p95 < 1 s",
        "",
    )


def workers(pair: Pair) -> Iterator[Row]:
    """Photos and short clips worked off by one, two and four worker processes, on however many cores."""
    with installed(pair.work) as installation:
        for processes in (1, 2, 4):
            files = [*photos(pair.work, PHOTOS, processes), *clips(pair.work, CLIPS, processes)]
            worked = work_off(installation, files, processes)
            figure = f"{PHOTOS} photos, {CLIPS} clips of 4 s; processes: {processes}, cores: {os.cpu_count()}"
            yield Row(figure, worked.told, "", None, "", "")


def jobs(pair: Pair) -> Iterator[Row]:
    """Jobs taken, done and gone in a second, alone and beside a million that wait; ours, then alone."""
    with queue(pair.work) as waiting:
        waiting.fill("media", 2000)
        alone = waiting.per_second("media", 2000)
        waiting.fill("batch", A_MILLION)
        waiting.fill("media", 2000)
        beside = waiting.per_second("media", 2000)
        yield compared("jobs of a lane, a million waiting in another / none", beside, alone, "0.5", "1", "/s")
        waiting.per_second("batch", 1000)  # after a vacuum the first to be written are dear
        among = waiting.per_second("batch", 2000)
        yield compared("jobs of a lane with a million in it / none", among, alone, "0.5", "1", "/s")
        yield Row(
            "to hear that a lane is empty, beside them",
            f"{waiting.fetch_ms('large'):.1f} ms",
            "",
            None,
            "",
            "",
        )


def one_postgres(pair: Pair) -> Iterator[Row]:
    """What a photo and a clip cost Postgres, and by simulation how many clips a second one bears."""
    with installed(pair.work) as installation:
        for what, files in (("photo", photos(pair.work, 20, 7)), ("clip of 4 s", clips(pair.work, 8, 7))):
            cost = cost_of(installation, files)
            yield Row(f"what a {what} costs Postgres", cost.told, "", None, "", "")
    commits = commits_per_second(pair.work)
    yield Row(
        "commits a second: one client; 16; 16 that notify",
        f"{commits.alone:.0f}; {commits.plain:.0f}; {commits.notifying:.0f}", "", None, "", "",
    )  # fmt: skip
    here = Machine("this disk", 2, 1000 / commits.notifying, 200e6)
    # RDS in two zones writes the log twice, over a network: 2 ms are assumed, not measured.
    for machine in (here, *(Machine(f"RDS, {cores} processors", cores, 2.0, 500e6) for cores in (2, 8, 64))):
        most, quiet = ceiling(cost, machine), ceiling(without_notifying(cost), machine)
        yield Row(
            f"clips a second that {machine.name} bears by simulation; if nothing notified",
            f"{most:.1f}; {quiet:.1f}", "", None, "", "",
        )  # fmt: skip


def receipt(pair: Pair) -> Iterator[Row]:
    """Nine words tried: right ones, wrong ones and mistyped ones, each with the distribution of its time."""
    tries = try_words(pair.ours, rounds=500)
    figure = "nine words tried, p50/p95: right, wrong, mistyped"
    yield Row(figure, f"{tries.told()} ms", "", None, "wrong as mistyped", "")


# The small ones come first: they make many files, and find few that were just removed (see `small`).
FIGURES: dict[str, Callable[[Pair], Iterator[Row]]] = {
    "small": small,
    "throughput": throughput,
    "crowd": crowd,
    "large_crowd": large_crowd,
    "memory": memory,
    "takeover": takeover,
    "pipeline": pipeline,
    "texts": texts,
    "live": live,
    "echoes": echoes,
    "receipt": receipt,
    "workers": workers,
    "jobs": jobs,
    "one_postgres": one_postgres,
}
# These are for a disk: twenty gigabytes, and what a database reads from its buffers either way.
ON_A_DISK = ("memory", "echoes", "workers", "jobs", "one_postgres")


@contextmanager
def both_servers(directory: Path) -> Iterator[Pair]:
    """Start both with all their state under `directory`, and leave nothing of it."""
    work = Path(tempfile.mkdtemp(prefix="tipline-bench-", dir=directory))
    try:
        with (
            EmbeddedPostgres(work / "postgres").running() as postgres,
            our_door(work, postgres) as ours,
            the_peer(work) as peer,
        ):
            yield Pair(ours, peer, work)
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
    # Whoever ends us otherwise than by Ctrl-C finds no server and no gigabytes left either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    asked.disk.mkdir(exist_ok=True)
    for place, directory in (("on a disk", asked.disk), ("in memory", MEMORY)):
        here = [name for name in names if not (name in ON_A_DISK and directory == MEMORY)]
        if not here or not directory.is_dir():
            continue
        if shutil.disk_usage(directory).free < _ROOM_BYTES:
            sys.stderr.write(f"Nothing is measured {place}: {directory} has less than 3 GiB free.\n")
            continue
        rows = [row for name in here for row in _measured(name, directory)]
        show(f"Tipline beside @tus/server, {place}", rows, _NOTE)


def _measured(name: str, directory: Path) -> list[Row]:
    with both_servers(directory) as pair:
        return list(FIGURES[name](pair))


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
