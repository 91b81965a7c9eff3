"""How it grows: workers, jobs, one Postgres, several hosts."""

import os
from collections.abc import Iterator

from bench.ceiling import commits_per_second, cost_of
from bench.figures.pair import Pair
from bench.hosts import two_hosts
from bench.installation import installed
from bench.queue import queue
from bench.report import Row, compared
from bench.simulated import Machine, ceiling, without_notifying
from bench.workers import CLIPS, PHOTOS, clips, photos, work_off

A_MILLION = 1_000_000


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


def hosts(_pair: Pair) -> Iterator[Row]:
    """Two hosts that share a bucket, where the table says ours; the same door alone, where it says peer."""
    yield from two_hosts()
