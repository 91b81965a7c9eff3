"""Running a recipe in the sandbox, and believing its product only once it is proven clean."""

import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from workers.bench import Bench, Desk
from workers.inspect.examine import ToolFailedError
from workers.inspect.facts import Facts
from workers.inspect.refusals import RefusedError
from workers.normalize.still import DAMAGED
from workers.sandbox.launch import Finished
from workers.sandbox.order import Limits
from workers.strip.unclean import UncleanError

_Proof = TypeVar("_Proof")

STILL_MODULE = "workers.normalize.still"
_STILL_BYTES = 256 << 20
_PHOTO_LIMITS = Limits(wall_seconds=120, cpu_seconds=90, memory_bytes=4 << 30, file_bytes=_STILL_BYTES)
_SHORTEST_SECONDS = 120
_CPU_PER_SECOND = 20
"""CPU seconds a second of 4K film may cost to decode, tone-map and encode, generously."""
_BYTES_PER_SECOND = 8 << 20
_UNKNOWN_SECONDS = 3600


def film_limits(facts: Facts) -> Limits:
    """What a recording of this length may take; of unknown length, what an hour may."""
    seconds = max(_SHORTEST_SECONDS, math.ceil(facts.seconds or _UNKNOWN_SECONDS))
    return Limits(
        wall_seconds=seconds * _CPU_PER_SECOND,
        cpu_seconds=seconds * _CPU_PER_SECOND,
        memory_bytes=4 << 30,
        file_bytes=seconds * _BYTES_PER_SECOND,
    )


def run_ffmpeg(
    bench: Bench,
    task: Desk,
    source: Path,
    argv: Sequence[str],
    limits: Limits,
    meanwhile: Callable[[], object] = bool,
    *,
    what: str = "The conversion",
) -> Finished:
    """Run ffmpeg over a file. Raises `ToolFailedError`, whose sentence begins with `what`."""
    finished = bench.sandbox.run(
        argv, source=source, folder=task.folder, limits=limits, stop=task.stop, meanwhile=meanwhile
    )
    if not finished.ok:
        raise ToolFailedError(f"{what} {finished.how}.")
    return finished


def run_still(
    bench: Bench, task: Desk, source: Path, facts: Facts, out: Path, longest: int, quality: int
) -> str:
    """Make a bare JPEG of a photo and return how. Raises `RefusedError` (`damaged`), `ToolFailedError`."""
    argv = (facts.form, str(out), str(longest), str(quality))
    open_photo(bench, task, source, STILL_MODULE, argv, _STILL_BYTES, "The conversion")
    return written(("python", "-m", STILL_MODULE, *argv), task, source)


def open_photo(
    bench: Bench, task: Desk, source: Path, module: str, argv: Sequence[str], most_bytes: int, what: str
) -> None:
    """Let a module of ours read a photo and write `most_bytes` at most.

    Raises `RefusedError` (`damaged`), and `ToolFailedError`, whose sentence begins with `what`.
    """
    limits = replace(_PHOTO_LIMITS, file_bytes=most_bytes)
    finished = bench.sandbox.run(
        argv, module=module, source=source, folder=task.folder, limits=limits, stop=task.stop
    )
    if finished.status == DAMAGED:
        raise RefusedError("damaged")
    if not finished.ok:
        raise ToolFailedError(f"{what} {finished.how}.")


def written(argv: Sequence[str], task: Desk, source: Path) -> str:
    """A command line as it goes into the ledger: without this machine's paths."""
    program, *arguments = argv
    plain = (argument.removeprefix(f"{task.folder}/") for argument in arguments)
    return f"{shlex.join([Path(program).name, *plain])} < {source.name}"


def proven(prove: Callable[[Path], _Proof], product: Path) -> _Proof:
    """Check a product that is there and not empty; return what the proof tells.

    Raises `ToolFailedError`, `RefusedError` (`not_clean`).
    """
    if not product.is_file() or product.stat().st_size == 0:
        raise ToolFailedError("The conversion made nothing.")
    try:
        return prove(product)
    except UncleanError as unclean:
        raise RefusedError("not_clean") from unclean
