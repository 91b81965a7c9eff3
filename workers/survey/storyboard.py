"""The storyboard: small frames side by side in one JPEG, and the second at which each stands."""

import re
from dataclasses import dataclass
from pathlib import Path

from workers.inspect.facts import Facts, Picture
from workers.normalize.recipe import CLEAN, reading, upright_sdr

NAME = "storyboard-1"
COLUMNS = 10
MOST_TILES = 100
SIDE = 160

FEW_TILES = 8
SHORT_SECONDS = 20.0
"""Up to here every frame is decoded; beyond, only those that can be decoded by themselves."""
LONG_SECONDS = 600.0
"""Beyond here a storyboard of few tiles is good enough: to decode every frame would take minutes."""
_UNKNOWN_SECONDS = 600.0
_SHOWN = re.compile(r"\[Parsed_showinfo[^]]*\] n: *\d+ pts: *-?\d+ pts_time: *(-?\d+(?:\.\d+)?)")
_SIZE = re.compile(r"\[Parsed_showinfo[^]]*\] n: .* s:(\d{1,4})x(\d{1,4}) ")


@dataclass(frozen=True, slots=True)
class Board:
    """Tiles of `width` x `height` pixels, `columns` in a row; `seconds` has when each is shown, in order."""

    columns: int
    width: int
    height: int
    seconds: tuple[float, ...]


def command(ffmpeg: str, facts: Facts, picture: Picture, out: Path, *, every_frame: bool) -> tuple[str, ...]:
    """ffmpeg's command line; it tells on standard error which frames it took."""
    seconds = _UNKNOWN_SECONDS if facts.seconds is None else facts.seconds
    step = max(1.0, seconds / (MOST_TILES - 1))
    keys = () if every_frame else ("-skip_frame", "nokey")
    # Not `fps`: between two frames that lie days apart it would fill the gap for ever.
    chosen = f"select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{step:.3f})"
    fitted = f"scale={SIDE}:{SIDE}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    rows = -(-MOST_TILES // COLUMNS)
    tiled = f"trim=end_frame={MOST_TILES},showinfo=checksum=0,tile={COLUMNS}x{rows}"
    filters = ",".join((chosen, upright_sdr(picture, fitted), tiled, "format=yuvj420p"))
    return (
        *_talking(reading(ffmpeg, facts, keys)),
        *("-map", f"0:{picture.index}", "-an", *CLEAN, "-vf", filters, "-fps_mode", "vfr", "-frames:v", "1"),
        *("-c:v", "mjpeg", "-q:v", "5", "-threads", "1", "-f", "mjpeg", str(out)),
    )


def board(told: str) -> Board | None:
    """What the frames' own lines say; None where no frame was taken."""
    seconds, size = _SHOWN.findall(told), _SIZE.search(told)
    if not seconds or size is None:
        return None
    return Board(
        COLUMNS, int(size[1]), int(size[2]), tuple(round(float(at), 3) for at in seconds[:MOST_TILES])
    )


def _talking(argv: tuple[str, ...]) -> tuple[str, ...]:
    place = argv.index("-v")
    return (*argv[:place], "-nostats", "-v", "info", *argv[place + 2 :])
