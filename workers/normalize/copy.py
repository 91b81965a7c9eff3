"""The full-size working copy, whichever recipe makes it and whichever stage asks for it."""

from pathlib import Path

from evidence.media.progress import Made
from workers.bench import Bench, Task
from workers.derivatives import Product, keep
from workers.inspect.facts import Facts
from workers.normalize.make import film_limits, proven, run_ffmpeg, run_still, written
from workers.normalize.recipe import Recipe, command, recipe_for
from workers.originals import fetch
from workers.strip import jpeg, movie

LONGEST_STILL = 4096
STILL_QUALITY = 90


def full_copy(bench: Bench, task: Task, facts: Facts) -> Made:
    """Make the working copy by the recipe that fits, and put it into the store. Raises as the tools do."""
    recipe = recipe_for(facts)
    out = task.folder / f"copy.{recipe.suffix}"
    made_by = _make(bench, task, facts, recipe, out)
    proven(jpeg.prove_clean if recipe.way == "still" else movie.prove_clean, out)
    return keep(
        bench,
        task.media,
        Product(out, recipe.kind, recipe.name, recipe.mime, made_by, {"seconds": facts.seconds}),
    )


def _make(bench: Bench, task: Task, facts: Facts, recipe: Recipe, out: Path) -> str:
    source = fetch(bench, task)
    if recipe.way == "still":
        return run_still(bench, task, source, facts, out, LONGEST_STILL, STILL_QUALITY)
    argv = command(bench.ffmpeg, facts, recipe, out)
    run_ffmpeg(bench, task, source, argv, film_limits(facts))
    return written(argv, task, source)
