"""What may become of a broken file, and what may not."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.media.copies import copy_of
from tests.media.corpus import BECOMES, Corpus
from tests.media.making import CANARY
from tests.workers.fuzz.mutating import mutated
from workers.inspect.examine import ToolFailedError
from workers.sandbox.launch import Sandbox
from workers.sandbox.order import Limits
from workers.strip import jpeg, movie
from workers.strip.unclean import UncleanError

LIMITS = Limits(wall_seconds=90, cpu_seconds=60, memory_bytes=4 << 30, file_bytes=256 << 20)
SOURCES = sorted(
    name for name, becomes in BECOMES.items() if not becomes.refused and not name.startswith("bomb")
)


@dataclass(frozen=True)
class Outcome:
    """What became of one broken file; `fault` is why it must not be so, empty where it may."""

    seed: int
    number: int
    source: str
    became: str
    fault: str = ""


def judged(corpus: Corpus, sandbox: Sandbox, scratch: Path, seed: int, count: int) -> Iterator[Outcome]:
    """Break files of the corpus by seed and number, two at a time, and judge what becomes of each."""
    with ThreadPoolExecutor(2) as hands:
        yield from hands.map(lambda number: one(corpus, sandbox, scratch, seed, number), range(count))


def one(corpus: Corpus, sandbox: Sandbox, scratch: Path, seed: int, number: int) -> Outcome:
    """Break one file and judge what becomes of it: the same seed and number, the same file."""
    name = SOURCES[(number * 7919 + seed) % len(SOURCES)]
    other = SOURCES[(number * 104_729 + seed) % len(SOURCES)]
    broken = mutated(seed, number, corpus[name].read_bytes(), corpus[other].read_bytes())
    with tempfile.TemporaryDirectory(dir=scratch) as room:
        source, folder = Path(room, "original"), Path(room, "out")
        source.write_bytes(broken)
        folder.mkdir()
        try:
            became, fault = _became(source, folder, sandbox)
        except Exception as failed:  # the worker's own code fell over a file: that is what is looked for
            became, fault = "a fall", f"{type(failed).__name__}: {failed}"
    return Outcome(seed, number, name, became, fault)


def _became(source: Path, folder: Path, sandbox: Sandbox) -> tuple[str, str]:
    try:
        copy = copy_of(source, folder, sandbox, limits=LIMITS)
    except ToolFailedError as failed:
        return "tool_failed", "hangs" if "stopped after" in str(failed) else ""
    if copy.refused:
        return copy.refused, "hangs" if "stopped after" in copy.complaint else ""
    if not copy.path.is_file() or not copy.path.stat().st_size:
        return "nothing", ""
    try:
        (jpeg if copy.path.suffix == ".jpg" else movie).prove_clean(copy.path)
    except UncleanError:
        return "not_clean", ""
    told = CANARY.encode() in copy.path.read_bytes()
    return "a copy", "tells what the original told" if told else ""
