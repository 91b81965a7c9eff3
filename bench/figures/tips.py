"""What becomes of tips: copies, texts, nine words tried, recordings found again."""

import os
import statistics
from collections.abc import Iterator

from bench import echoes as duplicates
from bench.figures.pair import Pair
from bench.installation import installed
from bench.pipeline import copy_and_hash, hevc_clip, phone_clip, run_bare
from bench.receipt import try_words
from bench.report import Row, compared
from bench.texts import Carrier, until_seen
from bench.texts import per_second as webhooks_per_second


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


def receipt(pair: Pair) -> Iterator[Row]:
    """Nine words tried: right ones, wrong ones and mistyped ones, each with the distribution of its time."""
    tries = try_words(pair.ours, rounds=500)
    figure = "nine words tried, p50/p95: right, wrong, mistyped"
    yield Row(figure, f"{tries.told()} ms", "", None, "wrong as mistyped", "")


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
