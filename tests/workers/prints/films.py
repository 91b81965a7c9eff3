"""Films to tell apart, and what people do to a film before they send it on; made once per run."""

import subprocess
from functools import cache
from pathlib import Path

from tests.media.making import FFMPEG

SECONDS = 6
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p")

_PICTURES = {
    "fractal": "mandelbrot=size=640x360:rate=30:start_scale=1.5:end_scale=0.05:end_pts=400",
    "cells": "life=size=160x90:rate=10:mold=20:ratio=0.2:death_color=#C83232:life_color=#00ff00:seed=7,"
    "scale=640x360,fps=30",
    "triangles": "sierpinski=size=640x360:rate=30:seed=3:jump=40",
    "bars": "testsrc2=size=640x360:rate=30",
}
# Tones of all pitches that begin and end by a rule of their own: a hum would be everybody's.
_SOUNDS = {
    name: f"aevalsrc='0.3*sin(2*PI*t*(200+97*mod(floor(t*{a})*{b}\\,11)))"
    f"+0.2*sin(2*PI*t*(500+61*mod(floor(t*{c})*{d}\\,13)))':s=22050"
    for name, (a, b, c, d) in {
        "fractal": (4, 7, 3, 5),
        "cells": (5, 3, 2, 6),
        "triangles": (3, 8, 4, 11),
        "bars": (6, 5, 5, 7),
    }.items()
}
FILMS = tuple(_PICTURES)

COPIES: dict[str, tuple[str, ...]] = {
    "as small as messengers make it": ("-vf", "scale=320:180", "-crf", "34", "-c:a", "aac", "-b:a", "32k"),
    "15 frames a second": ("-vf", "fps=15,scale=480:270", "-c:a", "aac"),
    "mirrored": ("-vf", "hflip", "-c:a", "aac"),
    "letterboxed": ("-vf", "pad=iw:ih*1.4:0:(oh-ih)/2", "-c:a", "aac"),
    "cropped by 4 %": ("-vf", "crop=iw*0.96:ih*0.96", "-c:a", "aac"),
    "with a logo": ("-vf", "drawbox=x=iw*0.8:y=ih*0.05:w=iw*0.15:h=ih*0.1:color=white:t=fill", "-c:a", "aac"),
    "brighter": ("-vf", "eq=brightness=0.06:contrast=1.1", "-c:a", "aac"),
    "a quarter faster": ("-filter:v", "setpts=PTS/1.25", "-filter:a", "atempo=1.25", "-c:a", "aac"),
    "cut out of it": ("-ss", "1.6", "-t", "3", "-c:a", "aac"),
    "cropped by 10 %": ("-vf", "crop=iw*0.9:ih*0.9", "-c:a", "aac"),
}


class Cinema:
    """Films by name, and their copies by what was done; a test must not write to them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.film = cache(self._film)
        self.copy = cache(self._copy)

    def _film(self, name: str) -> Path:
        path = self.root / f"{name}.mp4"
        _ffmpeg(
            "-f", "lavfi", "-i", _PICTURES[name], "-f", "lavfi", "-i", _SOUNDS[name], "-t", str(SECONDS),
            *_H264, "-c:a", "aac", str(path),
        )  # fmt: skip
        return path

    def _copy(self, name: str, how: str) -> Path:
        path = self.root / f"{name}-{how.replace(' ', '-').replace('%', 'percent')}.mp4"
        _ffmpeg("-i", str(self.film(name)), *_H264, *COPIES[how], str(path))
        return path

    def picture(self, name: str, second: float) -> Path:
        """A photo: one frame of a film."""
        path = self.root / f"{name}-{second}.jpg"
        if not path.exists():
            _ffmpeg("-ss", str(second), "-i", str(self.film(name)), "-frames:v", "1", str(path))
        return path


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["nice", FFMPEG, "-nostdin", "-v", "error", "-y", *arguments], check=True)
