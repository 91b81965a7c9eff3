"""A place track has one stage: what the door was told of it is believed, and every line is looked at.

It is text, read by Python's own parser of JSON: nothing that needs a room without a way out.
"""

from typing import Literal

from evidence.db.connect import Connection
from evidence.live import place
from evidence.live.session import PLACE_MIME
from evidence.media import Lease, add_derivative, mark_inspected
from evidence.media.progress import Made, Scanned
from workers.bench import Bench, Desk, Done, Task
from workers.derivatives import Product, keep
from workers.inspect.refusals import RefusedError
from workers.originals import fetch

GPX, VTT = "place-gpx-1", "place-vtt-1"
# A fix each second for twelve hours, twice over.
MOST_BYTES = 16 * 1024 * 1024
_BY = "evidence.live.place < original"


def place_track(bench: Bench, task: Task, scanned: Scanned) -> Done:
    """Count its fixes and derive GPX; raises `RefusedError` where it holds none, `Unavailable`."""
    source = fetch(bench, task)
    if task.media.size > MOST_BYTES:
        raise RefusedError("not_media")
    with source.open("rb") as lines:
        fixes, unreadable = place.read_track(lines)
    if not fixes:
        raise RefusedError("not_media")
    made = drawn(bench, task, "gpx", place.gpx(fixes))

    def record(conn: Connection, lease: Lease) -> None:
        # How many, and not where: facts stand in the ledger, for good.
        facts = {"fixes": len(fixes), "unreadable_lines": unreadable}
        mark_inspected(conn, lease, kind="other", mime=PLACE_MIME, facts=facts, command=_BY, scanned=scanned)
        add_derivative(conn, lease, made)

    return Done(following="done", record=record)


def drawn(bench: Bench, desk: Desk, kind: Literal["gpx", "vtt"], content: str) -> Made:
    """Put what was drawn from a track into the store."""
    path = desk.folder / f"track.{kind}"
    path.write_text(content)
    recipe, mime = {"gpx": (GPX, "application/gpx+xml"), "vtt": (VTT, "text/vtt")}[kind]
    return keep(bench, desk.media, Product(path, kind, recipe, mime, _BY, {}))
