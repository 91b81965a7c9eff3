"""The command lines that fingerprints begin with: small grey frames, and the notes of the sound. Pure."""

from dataclasses import replace
from pathlib import Path

from workers.inspect.facts import Facts, Picture, Sound
from workers.normalize.recipe import reading, upright_sdr

GRID = 128
"""Pixels a side of a grey frame, whatever its shape was: letterboxes are looked for on this grid."""
FINEST_STEP = 0.25
"""Seconds between frames of a recording of up to five minutes; a longer one is looked at as often in all."""
MOST_FRAMES = 1200
MOST_SOUND_SECONDS = 1800
_KEYFRAMES_FROM_STEP = 1.0
"""From here on only frames that stand by themselves are decoded: a film of hours costs seconds then."""


def step(facts: Facts) -> float:
    """Seconds between two frames that are looked at."""
    return max(FINEST_STEP, (facts.seconds or 0.0) / MOST_FRAMES)


def frames(ffmpeg: str, facts: Facts, picture: Picture, out: Path, times: Path) -> tuple[str, ...]:
    """ffmpeg's command line: the first frame of each step into `out`, raw; its second into `times`, a line.

    By `select` and not `fps`: two frames that are days apart must not be filled up with a million others.
    """
    every = step(facts)
    whole = replace(picture, interlaced=False)  # fields are blurred into each other by now
    sparse = ("-skip_frame", "nokey") if every >= _KEYFRAMES_FROM_STEP else ()
    chosen = f"select=isnan(prev_selected_t)+gt(floor(t/{every:.4f})\\,floor(prev_selected_t/{every:.4f}))"
    # Colours are mapped and pictures turned when they are small already, and still have their shape.
    small = f"scale='min(iw,{2 * GRID})':-2:flags=area"
    grey = f"scale={GRID}:{GRID}:flags=area,format=gray"
    return (
        *reading(ffmpeg, facts, sparse),
        *("-map", f"0:{picture.index}", "-an", "-dn", "-sn"),
        *("-vf", f"{chosen},{small},{upright_sdr(whole)},{grey}", "-fps_mode", "vfr"),
        *("-frames:v", str(MOST_FRAMES), "-stats_enc_pre:v", str(times), "-stats_enc_pre_fmt:v", "{t}"),
        *("-f", "rawvideo", str(out)),
    )


def notes(ffmpeg: str, facts: Facts, sound: Sound, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line: Chromaprint's raw items of the first half hour, 32 bits each, 8 a second."""
    return (
        *reading(ffmpeg, facts),
        *("-map", f"0:{sound.index}", "-vn", "-dn", "-sn", "-t", str(MOST_SOUND_SECONDS)),
        *("-ac", "1", "-ar", "11025", "-f", "chromaprint", "-fp_format", "raw", str(out)),
    )
