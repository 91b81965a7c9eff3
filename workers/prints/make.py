"""Running the recipes in the sandbox, and believing only what has the size and shape that was asked for."""

from array import array
from pathlib import Path

from evidence.echoes import Prints
from workers.bench import Bench, Task
from workers.inspect.examine import ToolFailedError
from workers.inspect.facts import Facts, Picture, Sound
from workers.normalize.make import film_limits, open_photo, run_ffmpeg, written
from workers.prints import recipe
from workers.prints.grey import FRAME_BYTES, Frame, fingerprints

PHOTO_MODULE = "workers.prints.photo"
_MOST_PHOTO_BYTES = 1 << 20
_ITEM_BYTES = 4
_MOST_ITEMS = recipe.MOST_SOUND_SECONDS * 9
_LATEST_MS = 5 * 3600 * 1000
_LINE_BYTES = 32


def make(bench: Bench, task: Task, source: Path, facts: Facts) -> tuple[Prints, str]:
    """All prints of a media, and the command line that they were taken from.

    Raises `RefusedError` (`damaged`), `ToolFailedError`, and as `Sandbox.run`.
    """
    if facts.kind == "photo":
        photo, command = _photo(bench, task, source, facts)
        return Prints(pictures=fingerprints(photo, 0), sound=()), command
    frames: list[Frame] = []
    notes: tuple[int, ...] = ()
    commands: list[str] = []
    if facts.picture is not None:
        frames, command = _frames(bench, task, source, facts, facts.picture)
        commands.append(command)
    if facts.sound is not None:
        notes, command = _notes(bench, task, source, facts, facts.sound)
        commands.append(command)
    return Prints(fingerprints(frames, round(1000 * recipe.step(facts))), notes), " && ".join(commands)


def _photo(bench: Bench, task: Task, source: Path, facts: Facts) -> tuple[list[Frame], str]:
    out = task.folder / "print.grey"
    argv = (facts.form, str(out))
    open_photo(bench, task, source, PHOTO_MODULE, argv, _MOST_PHOTO_BYTES, "The look at the photo")
    return read_frames(out, "0\n"), written(("python", "-m", PHOTO_MODULE, *argv), task, source)


def _frames(
    bench: Bench, task: Task, source: Path, facts: Facts, picture: Picture
) -> tuple[list[Frame], str]:
    out, times = task.folder / "print.grey", task.folder / "print.times"
    argv = recipe.frames(bench.ffmpeg, facts, picture, out, times)
    run_ffmpeg(bench, task, source, argv, film_limits(facts))
    moments = _start_of(times, recipe.MOST_FRAMES * _LINE_BYTES).decode("ascii", "replace")
    return read_frames(out, moments), written(argv, task, source)


def _notes(bench: Bench, task: Task, source: Path, facts: Facts, sound: Sound) -> tuple[tuple[int, ...], str]:
    out = task.folder / "print.notes"
    argv = recipe.notes(bench.ffmpeg, facts, sound, out)
    run_ffmpeg(bench, task, source, argv, film_limits(facts))
    return read_notes(out), written(argv, task, source)


def read_frames(out: Path, times: str) -> list[Frame]:
    """Frames with their times, from a file of grey pixels and a text of seconds. Raises `ToolFailedError`."""
    pixels = _start_of(out, recipe.MOST_FRAMES * FRAME_BYTES)
    moments = [_moment(line) for line in times.splitlines()]
    if len(pixels) != len(moments) * FRAME_BYTES or moments != sorted(moments):
        raise ToolFailedError("The look at the pictures gave no frames of the right size and order.")
    return [
        Frame(at_ms, pixels[at * FRAME_BYTES : (at + 1) * FRAME_BYTES]) for at, at_ms in enumerate(moments)
    ]


def read_notes(out: Path) -> tuple[int, ...]:
    """Chromaprint's items from a file, in the machine's own order of bytes. Raises `ToolFailedError`."""
    raw = _start_of(out, _MOST_ITEMS * _ITEM_BYTES)
    if len(raw) % _ITEM_BYTES:
        raise ToolFailedError("The look at the sound gave no whole items.")
    items = array("I")
    items.frombytes(raw)
    return tuple(items)


def _start_of(path: Path, most: int) -> bytes:
    """A file of at most `most` bytes; of none that is missing, for a stream may hold nothing to look at."""
    if path.is_symlink():
        raise ToolFailedError("A tool left a link where its work was to be.")
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ToolFailedError("A tool wrote more than it was asked for.")
    return content


def _moment(line: str) -> int:
    try:
        at_ms = round(1000 * float(line))
    except (ValueError, OverflowError):
        raise ToolFailedError("The look at the pictures gave times that are none.") from None
    if not 0 <= at_ms <= _LATEST_MS:
        raise ToolFailedError("The look at the pictures gave times that cannot be.")
    return at_ms
