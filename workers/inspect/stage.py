"""The second stage: look into the sealed original and write down what it is."""

from evidence.live.after import is_place
from evidence.media import mark_inspected
from evidence.media.progress import Scanned
from workers.bench import Bench, Done, Task
from workers.inspect.examine import LOOK, examine
from workers.inspect.scan import scan
from workers.originals import fetch
from workers.tools import versions

PLACES_MIME = "application/jsonl"
"""A broadcast's place track is text; what is drawn from it reads each line as a stranger's."""


def inspect(bench: Bench, task: Task) -> Done:
    """Find out what a media is. Raises `RefusedError` where it will not be worked on, `Unavailable`."""
    source, clamd = fetch(bench, task), bench.settings.clamd
    scanned: Scanned = "not" if clamd is None else "whole" if scan(clamd, source) else "too large"
    if _is_place(bench, task):
        return Done(
            following="done",
            record=lambda conn, lease: mark_inspected(
                conn, lease, kind="other", mime=PLACES_MIME, facts={}, scanned=scanned
            ),
        )
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


def _is_place(bench: Bench, task: Task) -> bool:
    with bench.pool.connection() as conn:
        return is_place(conn, task.media.upload_id)
