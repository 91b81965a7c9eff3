"""The fifth stage, once a media can be watched: what helps to find one's way in it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from evidence.db.connect import Connection
from evidence.media import Lease, add_derivative
from evidence.media.media import DerivativeKind
from evidence.media.progress import Made
from workers.bench import Bench, Done, Task
from workers.derivatives import Product, keep, made_before
from workers.inspect.examine import ToolFailedError
from workers.inspect.facts import Facts, Picture, Sound
from workers.normalize.make import film_limits, proven, written
from workers.normalize.recipe import recipe_for
from workers.originals import fetch
from workers.prints import take as prints
from workers.strip import jpeg
from workers.survey import storyboard, waveform
from workers.traces.stage import trace


def survey(bench: Bench, task: Task) -> Done:
    """Make the storyboard and the waveform of what has them, and look for echoes. Raises as the tools do."""
    facts = Facts.from_json(task.media.facts)
    source = fetch(bench, task)
    trace(bench, task, source, facts)
    made: list[Made] = []
    if facts.kind == "video" and facts.picture and _missing(bench, task, "storyboard", storyboard.NAME):
        made += _storyboard(bench, task, source, facts, facts.picture)
    if facts.sound and _missing(bench, task, "waveform", waveform.NAME):
        made += _waveform(bench, task, source, facts, facts.sound)

    echoes = prints.take(bench, task, source, facts)

    def record(conn: Connection, lease: Lease) -> None:
        echoes(conn, lease)
        for product in made:
            add_derivative(conn, lease, product)

    full = recipe_for(facts)
    stands = made_before(bench, task.media, full.kind, full.name)
    return Done(following="done" if stands else "normalize", record=record)


def _missing(bench: Bench, task: Task, kind: DerivativeKind, recipe: str) -> bool:
    return not made_before(bench, task.media, kind, recipe)


def _storyboard(bench: Bench, task: Task, source: Path, facts: Facts, picture: Picture) -> Iterator[Made]:
    out = task.folder / "storyboard.jpg"
    lasting = facts.seconds or 0.0
    argv = storyboard.command(
        bench.ffmpeg, facts, picture, out, every_frame=lasting <= storyboard.SHORT_SECONDS
    )
    board = storyboard.board(_run(bench, task, source, argv, facts))
    if (board is None or len(board.seconds) < storyboard.FEW_TILES) and lasting <= storyboard.LONG_SECONDS:
        argv = storyboard.command(bench.ffmpeg, facts, picture, out, every_frame=True)
        board = storyboard.board(_run(bench, task, source, argv, facts))
    if board is not None:
        proven(jpeg.prove_clean, out)
        by = written(argv, task, source)
        yield keep(
            bench, task.media, Product(out, "storyboard", storyboard.NAME, "image/jpeg", by, asdict(board))
        )


def _waveform(bench: Bench, task: Task, source: Path, facts: Facts, sound: Sound) -> Iterator[Made]:
    samples, out = task.folder / "samples", task.folder / "waveform.json"
    argv = waveform.command(bench.ffmpeg, facts, sound, samples)
    _run(bench, task, source, argv, facts)
    if loudness := waveform.peaks(samples):
        out.write_bytes(waveform.document(waveform.seconds(samples), loudness))
        by = f"{written(argv, task, source)}, then the loudest sample of each {len(loudness)}th"
        yield keep(bench, task.media, Product(out, "waveform", waveform.NAME, waveform.MIME, by, {}))


def _run(bench: Bench, task: Task, source: Path, argv: Sequence[str], facts: Facts) -> str:
    """Run ffmpeg and return what it said."""
    limits = film_limits(facts)
    finished = bench.sandbox.run(argv, source=source, folder=task.folder, limits=limits, stop=task.stop)
    if not finished.ok:
        raise ToolFailedError(f"The look through the recording {finished.how}.")
    return finished.complaint
