"""The third stage: the poster, before the copy, so that staff see at once what came."""

from collections.abc import Sequence
from pathlib import Path

from evidence.media import add_derivative
from workers.bench import Bench, Done, Task, nothing_to_record
from workers.derivatives import Product, keep, made_before
from workers.inspect.examine import ToolFailedError
from workers.inspect.facts import Facts, Picture
from workers.normalize.make import proven, run_ffmpeg, run_still, written
from workers.originals import fetch
from workers.preview import poster
from workers.sandbox.order import Limits
from workers.strip import jpeg

LIMITS = Limits(wall_seconds=120, cpu_seconds=120, memory_bytes=4 << 30, file_bytes=64 << 20)


def preview(bench: Bench, task: Task) -> Done:
    """Make the poster of a video or photo, unless it is there; sound has none. Raises as the tools do."""
    facts = Facts.from_json(task.media.facts)
    if facts.picture is None or made_before(bench, task.media, "poster", poster.NAME):
        return Done(following="watch", record=nothing_to_record)
    out = task.folder / "poster.jpg"
    made_by = _make(bench, task, facts, facts.picture)
    proven(jpeg.prove_clean, out)
    kept = keep(bench, task.media, Product(out, "poster", poster.NAME, "image/jpeg", made_by, {}))
    return Done(following="watch", record=lambda conn, lease: add_derivative(conn, lease, kept))


def _make(bench: Bench, task: Task, facts: Facts, picture: Picture) -> str:
    source, out = fetch(bench, task), task.folder / "poster.jpg"
    if facts.kind == "photo":
        return run_still(bench, task, source, facts, out, poster.LONGEST, poster.PHOTO_QUALITY)
    argv = poster.command(bench.ffmpeg, facts, picture, out, poster.moment(facts))
    if not _shows_something(bench, task, source, argv, out):
        # Some promise more seconds than they hold, and some cannot be sought in: take the very first frame.
        argv = poster.command(bench.ffmpeg, facts, picture, out, 0)
        run_ffmpeg(bench, task, source, argv, LIMITS)
    return written(argv, task, source)


def _shows_something(bench: Bench, task: Task, source: Path, argv: Sequence[str], out: Path) -> bool:
    try:
        run_ffmpeg(bench, task, source, argv, LIMITS)
    except ToolFailedError:
        return False
    return out.is_file() and out.stat().st_size > 0
