"""The second stage: look into the sealed original and write down what it is."""

from evidence.live.session import is_place
from evidence.media import mark_inspected
from evidence.media.progress import Scanned
from workers.bench import Bench, Done, Task
from workers.inspect.examine import LOOK, examine
from workers.inspect.scan import scan
from workers.originals import fetch
from workers.place.stage import place_track
from workers.tools import versions


def inspect(bench: Bench, task: Task) -> Done:
    """Find out what a media is. Raises `RefusedError` where it will not be worked on, `Unavailable`."""
    source, clamd = fetch(bench, task), bench.settings.clamd
    scanned: Scanned = "not" if clamd is None else "whole" if scan(clamd, source) else "too large"
    with bench.pool.connection() as conn:
        place = is_place(conn, task.media.upload_id)
    if place:
        return place_track(bench, task, scanned)
    facts = examine(bench.sandbox, source, task.folder, task.stop)
    return Done(
        following="preview",
        record=lambda conn, lease: mark_inspected(
            conn,
            lease,
            kind=facts.kind,
            mime=facts.mime,
            facts=facts.to_json(),
            command=f"python -m {LOOK} < original",
            tools=versions(),
            scanned=scanned,
        ),
    )
