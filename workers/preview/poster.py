"""The poster's recipe: one upright frame a little into the recording, as a JPEG without a comment."""

from pathlib import Path

from workers.inspect.facts import Facts, Picture
from workers.normalize.recipe import reading, upright_sdr

NAME = "poster-2"
LONGEST = 1280
PHOTO_QUALITY = 80

_LATEST_SECOND = 3.0
_FIT = (
    f"scale=w='min({LONGEST},iw)':h='min({LONGEST},ih)'"
    ":force_original_aspect_ratio=decrease:force_divisible_by=2"
)


def moment(facts: Facts) -> float:
    """How many seconds into the recording the poster is taken: past the fumbling of the first tenth."""
    return min((facts.seconds or 0.0) / 10, _LATEST_SECOND)


def command(ffmpeg: str, facts: Facts, picture: Picture, out: Path, at: float) -> tuple[str, ...]:
    """ffmpeg's command line for one frame `at` that many seconds; the file comes as standard input."""
    seek = ("-ss", f"{at:.3f}") if at > 0 else ()
    return (
        *reading(ffmpeg, facts, seek),
        *("-map", f"0:{picture.index}", "-an", "-dn", "-sn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-vf", upright_sdr(picture, _FIT).replace("format=yuv420p", "format=yuvj420p"), "-frames:v", "1"),
        *("-c:v", "mjpeg", "-q:v", "4", "-threads", "1", "-f", "mjpeg", str(out)),
    )
