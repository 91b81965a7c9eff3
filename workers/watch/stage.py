"""The fourth stage: something to watch. After it a media is ready."""

from evidence.media import add_derivative
from evidence.media.progress import Made
from workers.bench import Bench, Done, Task, nothing_to_record
from workers.derivatives import Product, keep, made_before
from workers.inspect.facts import Facts, Picture
from workers.normalize.copy import full_copy
from workers.normalize.make import film_limits, proven, run_ffmpeg, written
from workers.normalize.recipe import recipe_for
from workers.originals import fetch
from workers.strip import movie
from workers.watch import quick
from workers.watch.growth import Growth


def watch(bench: Bench, task: Task) -> Done:
    """Make the working copy, or first a small one that plays while it is made. Raises as the tools do."""
    facts = Facts.from_json(task.media.facts)
    recipe = recipe_for(facts)
    # Where a copy can be watched already, one is being made again, and nobody waits.
    if task.media.state == "ready" or made_before(bench, task.media, recipe.kind, recipe.name):
        return Done(following="survey", record=nothing_to_record)
    if facts.picture is not None and quick.wanted(facts):
        made = _quick_copy(bench, task, facts, facts.picture)
    else:
        made = full_copy(bench, task, facts)
    return Done(following="survey", record=lambda conn, lease: add_derivative(conn, lease, made))


def _quick_copy(bench: Bench, task: Task, facts: Facts, picture: Picture) -> Made:
    growing, whole = task.folder / "growing.mp4", task.folder / "copy.mp4"
    growth = Growth(bench, task, quick.QUICK.name, growing, quick.media_type(facts))
    limits = film_limits(facts)
    source, argv = fetch(bench, task), quick.command(bench.ffmpeg, facts, picture, growing)
    run_ffmpeg(bench, task, source, argv, limits, growth.hand_on)
    growth.hand_on()
    repack = quick.repack(bench.ffmpeg, whole)
    run_ffmpeg(bench, task, growing, repack, limits)
    proven(movie.prove_clean, whole)
    facts_of_copy = {"seconds": facts.seconds, "quick": True}
    made_by = f"{written(argv, task, source)} && {written(repack, task, growing)}"
    return keep(
        bench,
        task.media,
        Product(whole, "playback", quick.QUICK.name, quick.QUICK.mime, made_by, facts_of_copy),
    )
