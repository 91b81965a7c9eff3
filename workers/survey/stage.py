"""The fifth stage, once a media can be watched: what helps to find one's way in it.

Its parts do not depend on each other, and each is written down as soon as it is made: what cannot be made
takes nothing else along, and is tried again by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from evidence import echoes
from evidence.media import add_derivative
from workers.bench import Bench, Done, Task, nothing_to_record
from workers.derivatives import Product, keep, made_before
from workers.inspect.examine import ToolFailedError
from workers.inspect.facts import Facts
from workers.inspect.refusals import RefusedError
from workers.normalize.make import film_limits, proven, run_ffmpeg, written
from workers.normalize.recipe import recipe_for
from workers.originals import fetch
from workers.prints import take as prints
from workers.strip import jpeg
from workers.survey import storyboard, waveform
from workers.traces.stage import trace


def survey(bench: Bench, task: Task) -> Done:
    """List the traces, make storyboard and waveform, look for echoes. Raises as the tools do, at the end."""
    facts = Facts.from_json(task.media.facts)
    source = fetch(bench, task)
    failures: list[Exception] = []
    for part in _PARTS:
        try:
            part(bench, task, source, facts)
        except (ToolFailedError, RefusedError) as failed:
            failures.append(failed)
    if failures:
        raise failures[0]
    full = recipe_for(facts)
    stands = made_before(bench, task.media, full.kind, full.name)
    return Done(following="done" if stands else "normalize", record=nothing_to_record)


def _storyboard(bench: Bench, task: Task, source: Path, facts: Facts) -> None:
    if facts.kind != "video" or facts.picture is None:
        return
    if made_before(bench, task.media, "storyboard", storyboard.NAME):
        return
    out, lasting = task.folder / "storyboard.jpg", facts.seconds or 0.0
    short = lasting <= storyboard.SHORT_SECONDS
    argv = storyboard.command(bench.ffmpeg, facts, facts.picture, out, every_frame=short)
    board = storyboard.board(_look(bench, task, source, argv, facts))
    few = board is None or len(board.seconds) < storyboard.FEW_TILES
    if few and not short and lasting <= storyboard.LONG_SECONDS:
        argv = storyboard.command(bench.ffmpeg, facts, facts.picture, out, every_frame=True)
        board = storyboard.board(_look(bench, task, source, argv, facts))
    if board is not None:
        proven(jpeg.prove_clean, out)
        by = written(argv, task, source)
        _keep(bench, task, Product(out, "storyboard", storyboard.NAME, "image/jpeg", by, asdict(board)))


def _waveform(bench: Bench, task: Task, source: Path, facts: Facts) -> None:
    if facts.sound is None or made_before(bench, task.media, "waveform", waveform.NAME):
        return
    samples, out = task.folder / "samples", task.folder / "waveform.json"
    argv = waveform.command(bench.ffmpeg, facts, facts.sound, samples)
    _look(bench, task, source, argv, facts)
    if loudness := waveform.peaks(samples):
        out.write_bytes(waveform.document(waveform.seconds(samples), loudness))
        by = f"{written(argv, task, source)}, then the loudest sample of each {len(loudness)}th"
        _keep(bench, task, Product(out, "waveform", waveform.NAME, waveform.MIME, by, {}))


def _echoes(bench: Bench, task: Task, source: Path, facts: Facts) -> None:
    with bench.pool.connection() as conn:
        if echoes.recipe_of(conn, task.media.id) == prints.NAME:
            return
    write_down = prints.take(bench, task, source, facts)
    with bench.pool.connection() as conn:
        write_down(conn, task.lease)


_PARTS: tuple[Callable[[Bench, Task, Path, Facts], None], ...] = (trace, _storyboard, _waveform, _echoes)


def _keep(bench: Bench, task: Task, product: Product) -> None:
    made = keep(bench, task.media, product)
    with bench.pool.connection() as conn:
        add_derivative(conn, task.lease, made)


def _look(bench: Bench, task: Task, source: Path, argv: Sequence[str], facts: Facts) -> str:
    """Run ffmpeg and return what it said."""
    limits = film_limits(facts)
    return run_ffmpeg(bench, task, source, argv, limits, what="The look through the recording").complaint
