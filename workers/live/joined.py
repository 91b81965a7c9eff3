"""The recipe of a joined copy: every part on one canvas, one after the other, and a grid where nothing came.

Each part becomes a piece of MPEG-TS that stands at its moment; the pieces in a row are one stream, which is
then put into an MP4 as it is. All pieces are coded alike, so that one header serves them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workers.inspect.facts import Facts, Picture
from workers.live.timeline import Gap, Stretch
from workers.normalize.recipe import (
    AAC,
    CLEAN,
    CONTAINER,
    THREADS,
    reading,
    streams,
    upright_sdr,
)

NAME = "joined-1"
LONGEST = 1920

_SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo")
_GRID = (
    "color=c=0x1b1b1b:s={width}x{height}:r=5:d={seconds:.3f},drawgrid=w=48:h=48:t=2:c=0x3d3d3d,format=yuv420p"
)
"""No words: a font is a file, and what is missing for how long is told beside the picture."""
_CODED_ALIKE = (
    *("-fps_mode", "vfr", "-enc_time_base", "1:90000"),
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high", "-level:v", "4.1"),
    # A picture that is coded out of turn would stand in the next piece's time.
    *("-bf", "0", "-g", "120", "-threads", THREADS),
    *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"),
)
_PIECE = ("-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts")


@dataclass(frozen=True, slots=True)
class Canvas:
    """What every part is shown on, in pixels; `sound` says whether any part is heard."""

    width: int
    height: int
    sound: bool


def canvas_of(parts: Sequence[Facts]) -> Canvas:
    """Return the first part's upright size, even and at most `LONGEST` a side; others are fitted into it."""
    first = next(part.picture for part in parts if part.picture)
    width, height = upright_size(first)
    scale = min(1.0, LONGEST / max(width, height))
    width, height = (max(2, round(side * scale) // 2 * 2) for side in (width, height))
    return Canvas(width, height, sound=any(part.sound for part in parts))


def upright_size(picture: Picture) -> tuple[int, int]:
    """Return width and height as shown."""
    turned = picture.rotation % 180 == 90
    return (picture.height, picture.width) if turned else (picture.width, picture.height)


def stretch_command(ffmpeg: str, facts: Facts, canvas: Canvas, place: Stretch, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line for one part, which comes as standard input."""
    if facts.picture is None:
        raise ValueError("a part of a film has a picture")
    fit = (
        f"scale={canvas.width}:{canvas.height}:force_original_aspect_ratio=decrease:force_divisible_by=2",
        f"pad={canvas.width}:{canvas.height}:-1:-1,setsar=1",
    )
    mute = canvas.sound and facts.sound is None
    return (
        *reading(ffmpeg, facts),
        *((*_SILENCE, *streams(facts), "-map", "1:a", "-shortest") if mute else streams(facts)),
        *CLEAN,
        *("-vf", upright_sdr(facts.picture, *fit)),
        *_CODED_ALIKE,
        *(AAC if canvas.sound else ("-an",)),
        *("-output_ts_offset", _seconds(place.at_ms)),
        *_PIECE,
        str(out),
    )


def gap_command(ffmpeg: str, canvas: Canvas, gap: Gap, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line for what is shown where nothing came; it reads no file."""
    grid = _GRID.format(width=canvas.width, height=canvas.height, seconds=gap.milliseconds / 1000)
    return (
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", THREADS),
        *("-f", "lavfi", "-i", grid),
        *((*_SILENCE, "-map", "0:v", "-map", "1:a", "-shortest") if canvas.sound else ()),
        *CLEAN,
        *_CODED_ALIKE,
        *(AAC if canvas.sound else ()),
        *("-output_ts_offset", _seconds(gap.at_ms)),
        *_PIECE,
        str(out),
    )


def row_command(ffmpeg: str, canvas: Canvas, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line that puts the pieces in a row, which come as standard input, into one MP4."""
    sound = ("-map", "0:a:0", "-bsf:a", "aac_adtstoasc") if canvas.sound else ()
    return (
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y"),
        *("-protocol_whitelist", "fd", "-f", "mpegts", "-fd", "0", "-i", "fd:"),
        *("-map", "0:v:0", *sound),
        *CLEAN,
        # What stands between the pictures of a transport stream has no place in an MP4.
        *("-c", "copy", "-bsf:v", "filter_units=pass_types=1-5|7|8"),
        *CONTAINER,
        str(out),
    )


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
