"""What is made of a broadcast as a whole: its parts joined, and the track and map of where it was filmed."""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.db.connect import Connection
from evidence.live import Part, place
from evidence.live.after import Whole
from evidence.live.session import parts_of
from evidence.media import Media, get
from evidence.media.progress import Made
from workers.bench import Bench, Desk
from workers.derivatives import Product, keep
from workers.inspect.facts import Facts
from workers.live import joined
from workers.live.timeline import Gap, Place, Recorded, Stretch, lay_out
from workers.normalize.make import film_limits, proven, run_ffmpeg, written
from workers.originals import fetch
from workers.place.stage import drawn
from workers.sandbox.order import Limits
from workers.strip import movie

log = logging.getLogger(__name__)

Outcome = tuple[Media, Made]

_GAP_LIMITS = Limits(wall_seconds=120, cpu_seconds=120, memory_bytes=4 << 30, file_bytes=64 << 20)


@dataclass(frozen=True)
class Film:
    """A part that can be shown, as it lies sealed."""

    part: Part
    media: Media
    facts: Facts

    @property
    def recorded(self) -> Recorded:
        """When its recorder began, and for how long it ran."""
        return Recorded(self.part.sequence, self.part.began_at, round((self.facts.seconds or 0) * 1000))


def films_of(conn: Connection, parts: Sequence[Part]) -> list[Film]:
    """Return the parts that staff can watch; one that was set aside is missing, as a gap tells."""
    found = ((part, get(conn, part.media_id)) for part in parts if part.media_id and part.kind == "film")
    return [
        Film(part, media, Facts.from_json(media.facts))
        for part, media in found
        if media.state == "ready" and media.kind == "video"
    ]


def make(
    bench: Bench, conn: Connection, whole: Whole, room: Path, stop: Callable[[], bool]
) -> Iterator[Outcome]:
    """Make what the broadcast calls for, one after the other; each with the media that it is to stand at.

    One part alone needs no joining. Raises as the tools do.
    """
    parts = parts_of(conn, whole.session_id)
    films = films_of(conn, parts)
    layout = lay_out(film.recorded for film in films)
    if len(films) > 1:
        yield _join(bench, films, layout, room, stop)
    began = {film.part.sequence: film.part.began_at for film in films}
    shown = [
        place.Shown(began[one.sequence], one.at_ms, one.milliseconds)
        for one in layout
        if isinstance(one, Stretch)
    ]
    for part in parts:
        if part.kind == "place" and part.media_id is not None:
            media = get(conn, part.media_id)
            if media.state == "ready":
                yield from _draw(bench, Desk(media, _own(room), stop), shown)


def _join(
    bench: Bench, films: Sequence[Film], layout: Sequence[Place], room: Path, stop: Callable[[], bool]
) -> Outcome:
    canvas = joined.canvas_of([film.facts for film in films])
    by_sequence = {film.part.sequence: film for film in films}
    first = films[0].media
    desk = Desk(first, _own(room), stop)
    row, commands = desk.room / "row", []
    for one in layout:
        if isinstance(one, Gap):
            piece, command = _gap(bench, desk, canvas, one)
        else:
            at = Desk(by_sequence[one.sequence].media, _own(room), stop)
            piece, command = _stretch(bench, at, by_sequence[one.sequence].facts, canvas, one)
        commands.append(command)
        _add(piece, row)
    out = desk.folder / "joined.mp4"
    argv = joined.row_command(bench.ffmpeg, canvas, out)
    run_ffmpeg(bench, desk, row, argv, film_limits(_as_long_as(films)), what="Joining the parts")
    proven(movie.prove_clean, out)
    product = Product(
        out, "joined", joined.NAME, "video/mp4", "\n".join([*commands, written(argv, desk, row)]),
        {"seconds": _end(layout) / 1000, "places": [_told(place) for place in layout]},
    )  # fmt: skip
    made = keep(bench, first, product)
    return first, replace(made, input_sha256=_all_of(films))


def _stretch(
    bench: Bench, desk: Desk, facts: Facts, canvas: joined.Canvas, place: Stretch
) -> tuple[Path, str]:
    source, out = fetch(bench, desk), desk.folder / f"part-{place.sequence}.ts"
    argv = joined.stretch_command(bench.ffmpeg, facts, canvas, place, out)
    run_ffmpeg(bench, desk, source, argv, film_limits(facts), what=f"Part {place.sequence}")
    source.unlink()
    return out, written(argv, desk, source)


def _gap(bench: Bench, desk: Desk, canvas: joined.Canvas, gap: Gap) -> tuple[Path, str]:
    nothing, out = desk.room / "nothing", desk.folder / f"gap-{gap.at_ms}.ts"
    nothing.touch()
    argv = joined.gap_command(bench.ffmpeg, canvas, gap, out)
    run_ffmpeg(bench, desk, nothing, argv, _GAP_LIMITS, what="A gap")
    return out, written(argv, desk, nothing)


def _draw(bench: Bench, desk: Desk, shown: Sequence[place.Shown]) -> Iterator[Outcome]:
    with fetch(bench, desk).open("rb") as lines:
        fixes, _ = place.read_track(lines)
    yield desk.media, drawn(bench, desk, "vtt", place.vtt(fixes, shown))


def _add(piece: Path, row: Path) -> None:
    with piece.open("rb") as reading, row.open("ab") as writing:
        shutil.copyfileobj(reading, writing)
    piece.unlink()


def _own(room: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=room))


def _all_of(films: Sequence[Film]) -> bytes:
    return hashlib.sha256(b"".join(film.media.sha256 or b"" for film in films)).digest()


def _as_long_as(films: Sequence[Film]) -> Facts:
    """Facts of a recording as long as all of them."""
    return replace(films[0].facts, seconds=sum(film.facts.seconds or 0 for film in films))


def _end(layout: Sequence[Place]) -> int:
    return layout[-1].at_ms + layout[-1].milliseconds


def _told(place: Place) -> dict[str, int]:
    if isinstance(place, Gap):
        return {"at_ms": place.at_ms, "ms": place.milliseconds, "missing_ms": place.missing_ms}
    return {"at_ms": place.at_ms, "ms": place.milliseconds, "part": place.sequence}
