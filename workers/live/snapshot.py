"""A frame that somebody marked while watching: cut from the sealed original, no picture of their screen."""

import logging
from pathlib import Path

from evidence.db.connect import Connection
from evidence.live.after import Mark, settle_mark, tip_stands
from evidence.media import get
from evidence.media.progress import record_derivative
from workers.bench import Bench, Desk
from workers.derivatives import Product, keep
from workers.inspect.examine import ToolFailedError
from workers.inspect.facts import Facts
from workers.inspect.refusals import RefusedError
from workers.normalize.make import proven, run_ffmpeg, written
from workers.originals import fetch
from workers.preview import poster
from workers.preview.stage import LIMITS
from workers.strip import jpeg

log = logging.getLogger(__name__)


def cut(bench: Bench, conn: Connection, mark: Mark, room: Path) -> None:
    """Cut one frame and say what came of it. Raises `Unavailable`, `ToolStoppedError`."""
    media = get(conn, mark.media_id)
    desk = Desk(media, room, bench.stopping.is_set)
    facts, out = Facts.from_json(media.facts), desk.folder / "frame.jpg"
    if facts.picture is None:
        settle_mark(conn, mark, None)
        return
    argv = poster.command(bench.ffmpeg, facts, facts.picture, out, mark.at_ms / 1000)
    try:
        run_ffmpeg(bench, desk, source := fetch(bench, desk), argv, LIMITS, what="The frame")
        proven(jpeg.prove_clean, out)
    except (ToolFailedError, RefusedError) as failed:
        log.warning("mark %s has no frame: %s", mark.id, type(failed).__name__)
        settle_mark(conn, mark, None)
        return
    recipe = f"snapshot-1@{mark.at_ms}"
    facts_of_frame = {"at_ms": mark.at_ms}
    made = keep(
        bench, media,
        Product(out, "snapshot", recipe, "image/jpeg", written(argv, desk, source), facts_of_frame),
    )  # fmt: skip
    with conn.transaction():
        if tip_stands(conn, media.tip_id):
            settle_mark(conn, mark, record_derivative(conn, media.tip_id, media.id, made))
