"""Examine a file from the worker's side: run `look` in the sandbox and believe only what passes for facts."""

from collections.abc import Callable
from pathlib import Path

from workers.inspect.facts import Facts, FactsError, parse_json
from workers.inspect.refusals import SENTENCES, RefusedError
from workers.sandbox.launch import Finished, Sandbox
from workers.sandbox.order import Limits

LOOK = "workers.inspect.look"
LIMITS = Limits(wall_seconds=120, cpu_seconds=60, memory_bytes=3 << 30, file_bytes=1 << 20)


class ToolFailedError(Exception):
    """A tool crashed, was killed or talked nonsense over a file: worth another attempt, up to three."""


def examine(
    sandbox: Sandbox, source: Path, folder: Path, stop: Callable[[], bool], *, limits: Limits = LIMITS
) -> Facts:
    """What the file `source` is.

    Raises `RefusedError` where it will not be worked on, `ToolFailedError` where the looking itself failed,
    `Unavailable` and `ToolStoppedError` as the sandbox does. `folder` is an empty directory.
    """
    finished = sandbox.run([], module=LOOK, source=source, folder=folder, limits=limits, stop=stop)
    if not finished.ok:
        raise ToolFailedError(f"The look into the file {finished.how}.")
    return verdict(finished)


def verdict(finished: Finished) -> Facts:
    """The facts in what `look` printed; raises as `examine` does."""
    try:
        answer = parse_json(finished.output)
        if not isinstance(answer, dict):
            raise FactsError("not an object")
        if answer.get("refused") in SENTENCES:
            raise RefusedError(str(answer["refused"]))
        return Facts.from_json(answer.get("facts"))
    except FactsError as nonsense:
        raise ToolFailedError(f"The look into the file answered nonsense: {nonsense}.") from nonsense
