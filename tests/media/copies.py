"""Copies of the corpus, as the pipeline's own recipes make them in the sandbox; each is made once per run."""

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.media.corpus import Corpus
from tests.media.making import FFMPEG
from tests.media.measuring import Seen, watch
from workers.inspect.examine import examine
from workers.inspect.facts import Facts
from workers.inspect.refusals import RefusedError
from workers.normalize.copy import LONGEST_STILL, STILL_QUALITY
from workers.normalize.make import film_limits
from workers.normalize.recipe import Recipe, command, recipe_for
from workers.normalize.still import DAMAGED
from workers.sandbox.launch import Sandbox
from workers.sandbox.order import Limits


@dataclass(frozen=True)
class Copy:
    """What became of a file: a copy and what was known of the original, or the code of a refusal."""

    path: Path
    facts: Facts | None = None
    recipe: Recipe | None = None
    refused: str = ""
    complaint: str = ""


class Copies:
    """Copies by the original's name. Ask for many `ahead`, so that two are made at a time."""

    def __init__(self, corpus: Corpus, sandbox: Sandbox, root: Path) -> None:
        self._corpus = corpus
        self._sandbox = sandbox
        self._root = root
        self._made = cache(self._make)
        self._watched = cache(lambda name: watch(self[name].path))

    def __getitem__(self, name: str) -> Copy:
        return self._made(name)

    def ahead(self, names: Iterable[str]) -> None:
        """Make the copies of many files, two at a time."""
        with ThreadPoolExecutor(2) as hands:
            list(hands.map(self._made, names))

    def again(self, name: str) -> Copy:
        """Another copy of the same file."""
        return self._make(name)

    def seen(self, name: str) -> Seen:
        """What a person sees and hears of a copy."""
        return self._watched(name)

    def _make(self, name: str) -> Copy:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._root))
        return copy_of(self._corpus[name], folder, self._sandbox)


def copy_of(source: Path, folder: Path, sandbox: Sandbox, *, limits: Limits | None = None) -> Copy:
    """Look at a file, and make its copy in an empty folder, within `limits` or those of the recipe."""
    try:
        facts = examine(sandbox, source, folder, bool)
    except RefusedError as refused:
        return Copy(source, refused=refused.refusal.code)
    recipe, within = recipe_for(facts), limits or film_limits(facts)
    out = folder / f"copy.{recipe.suffix}"
    if recipe.way == "still":
        argv = (facts.form, str(out), str(LONGEST_STILL), str(STILL_QUALITY))
        ended = sandbox.run(
            argv, module="workers.normalize.still", source=source, folder=folder, limits=within
        )
    else:
        argv = command(FFMPEG, facts, recipe, out)
        ended = sandbox.run(argv, source=source, folder=folder, limits=within)
    code = (
        "" if ended.ok else "damaged" if recipe.way == "still" and ended.status == DAMAGED else "tool_failed"
    )
    return Copy(out, facts, recipe, code, f"{ended.how}: {ended.complaint}")
