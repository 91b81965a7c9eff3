"""Looking for traces: two children in the sandbox, one sealed envelope, one entry.

Part of the survey, since nobody waits for it. What was found is written down at once, in a transaction of its
own: a storyboard that cannot be made afterwards takes nothing along.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from evidence.seal import seal_to
from evidence.traces.grade import grade_of
from evidence.traces.kinds import KINDS, MANIFESTS, Manifest
from evidence.traces.trace import Traced, record, recorded
from workers.bench import Bench, Task
from workers.inspect.facts import Facts
from workers.sandbox.order import Limits
from workers.tools import versions
from workers.traces.clock import clock_grade, offset_words
from workers.traces.found import Found, NonsenseError, Trace

RECIPE = "traces-1"
LOOK, VERIFY = "workers.traces.look", "workers.traces.manifest"
_LIMITS = Limits(wall_seconds=120, cpu_seconds=60, memory_bytes=3 << 30, file_bytes=1 << 20)
_MOST_TOLD, _LONGEST_TOLD = 20, 500


def trace(bench: Bench, task: Task, source: Path, facts: Facts) -> None:
    """Find what an original tells and write it down, once; a look that fails is written down as that.

    Raises `LeaseLost`, `ToolStoppedError`, `Unavailable`.
    """
    with bench.pool.connection() as conn:
        if recorded(conn, task.media.id) == RECIPE:
            return
    traced = find(bench, task, source, facts)
    with bench.pool.connection() as conn:
        record(conn, task.lease, traced)


def find(bench: Bench, task: Task, source: Path, facts: Facts) -> Traced:
    """What an original tells, with the values sealed to the agency."""
    argv = (facts.kind, facts.form)
    command = f"python -m {LOOK} {' '.join(argv)} < {source.name}"
    found = _look(bench, task, source, argv)
    if found is None:
        return Traced(RECIPE, None, "unknown", [], "none", "none", None, versions(), command)
    manifest: Manifest = "none"
    traces = list(found.traces)
    if found.manifest:
        manifest, told = _verify(bench, task, source)
        command = f"{command}; python -m {VERIFY} < {source.name}"
        traces += [Trace.of("software", "C2PA manifest", line) for line in told]
    if found.clock:
        traces.append(Trace.of("time", "clock", offset_words(found.clock, task.media.received_at)))
    traces += _hidden(facts)
    kinds = [kind for kind in KINDS if any(trace.kind == kind for trace in traces)]
    return Traced(
        recipe=RECIPE,
        kinds=kinds,
        grade=grade_of(found.clues),
        clues=list(found.clues),
        clock=clock_grade(found.clock, task.media.received_at),
        manifest=manifest,
        sealed=_sealed(bench, traces) if traces else None,
        tools=versions(),
        command=command,
    )


def _hidden(facts: Facts) -> Iterator[Trace]:
    """Pictures that the inspection saw and no copy shows."""
    if facts.picture and facts.picture.hidden_frames:
        yield Trace("hidden footage", "edit list", "pictures before or after those that are shown")
    for stream in facts.left_out:
        if stream.startswith(("video:", "picture:")):
            yield Trace.of("hidden footage", "left out of the copy", stream)


def _sealed(bench: Bench, traces: list[Trace]) -> bytes:
    text = json.dumps([asdict(trace) for trace in traces], ensure_ascii=False)
    return seal_to(bench.settings.agency_public_key, text.encode())


def _look(bench: Bench, task: Task, source: Path, argv: tuple[str, ...]) -> Found | None:
    """What the look found; None where it crashed, was stopped or talked nonsense."""
    finished = bench.sandbox.run(
        argv, module=LOOK, source=source, folder=task.folder, limits=_LIMITS, stop=task.stop
    )
    if not finished.ok:
        return None
    try:
        return Found.from_json(json.loads(finished.output))
    except (NonsenseError, ValueError, RecursionError):
        return None


def _verify(bench: Bench, task: Task, source: Path) -> tuple[Manifest, list[str]]:
    finished = bench.sandbox.run(
        (), module=VERIFY, source=source, folder=task.folder, limits=_LIMITS, stop=task.stop
    )
    try:
        answer = json.loads(finished.output) if finished.ok else {}
        state, told = answer.get("state"), answer.get("told")
    except (ValueError, RecursionError, AttributeError):
        return "unreadable", []
    if state not in MANIFESTS or not isinstance(told, list) or len(told) > _MOST_TOLD:
        return "unreadable", []
    return state, [str(line)[:_LONGEST_TOLD] for line in told]
