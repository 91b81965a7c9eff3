"""The second stage: look into the sealed original and write down what it is."""

from evidence.media import mark_inspected
from workers.bench import Bench, Done, Task
from workers.inspect.examine import LOOK, examine
from workers.originals import fetch
from workers.tools import versions


def inspect(bench: Bench, task: Task) -> Done:
    """Find out what a media is. Raises `RefusedError` where it will not be worked on."""
    facts = examine(bench.sandbox, fetch(bench, task), task.folder, task.stop)
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
        ),
    )
