"""How a file of the corpus is made, and what is to become of it: one scene, filmed in every format.

The scene lasts 1.5 seconds: moving bars, a red corner at the upper left, and at 0.8 s a white flash with a
beep. So every copy can be asked whether it stands upright, lasts as long, and whether it is heard when it is
seen.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
CANARY = "CANARY-7f3a"
PLACE = "+37.8044-122.2712/"
SECONDS = 1.5
FLASH = 0.8
WIDTH, HEIGHT, RATE = 320, 240, 30

Way = Literal["remux", "transcode", "sound", "still"]


def scene(size: str = f"{WIDTH}x{HEIGHT}", rate: int = RATE, seconds: float = SECONDS) -> tuple[str, ...]:
    """The picture, as an input of ffmpeg."""
    return (
        *("-f", "lavfi", "-i"),
        f"testsrc2=size={size}:rate={rate}:duration={seconds},drawbox=w=iw/4:h=ih/4:color=red:t=fill,"
        f"drawbox=x=iw*3/8:y=ih*3/8:w=iw/4:h=ih/4:color=black:t=fill,"
        f"drawbox=x=iw*3/8:y=ih*3/8:w=iw/4:h=ih/4:color=white:t=fill"
        f":enable='between(t,{FLASH - 0.001},0.899)'",
    )


def sound(expression: str = "", rate: int = 48_000, seconds: float = SECONDS) -> tuple[str, ...]:
    """The beep, as an input of ffmpeg; several expressions parted by `|` are several channels."""
    beep = expression or f"if(between(t,{FLASH},0.9),0.8*sin(2*PI*880*t),0)"
    return ("-f", "lavfi", "-i", f"aevalsrc='{beep}':d={seconds}:s={rate}")


SCENE, SOUND = scene(), sound()
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1")
TAGS = (
    *("-metadata", f"title={CANARY} title", "-metadata", f"artist={CANARY} artist"),
    *("-metadata", f"comment={CANARY} comment", "-metadata", f"location={PLACE}"),
    *("-metadata", "creation_time=2024-05-06T07:08:09Z"),
    *("-metadata:s:v", f"handler_name={CANARY} handler", "-metadata:s:v", "language=fra"),
)
SOUND_TAGS = ("-metadata", f"title={CANARY} title", "-metadata", f"artist={CANARY} artist")


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg behind everything else on the machine; a complaint fails the making."""
    subprocess.run(
        ("nice", FFMPEG, "-nostdin", "-v", "error", "-y", *arguments), check=True, capture_output=True
    )


@dataclass(frozen=True)
class Becomes:
    """What the pipeline has to make of a file: a way, or the code of a refusal.

    `shown` is the size a person sees, in pixels; `flash` the second at which the copy has to flash, and beep
    where it `beeps`. `corner` is false where the scene's red corner is not in the picture.
    """

    way: Way | None = None
    refused: str = ""
    seconds: float = SECONDS
    shown: tuple[int, int] = (WIDTH, HEIGHT)
    flash: float | None = FLASH
    beeps: bool = True
    corner: bool = True
    left_out: tuple[str, ...] = ()
    cut_off: bool = False


REMUXED = Becomes("remux")
TRANSCODED = Becomes("transcode")
HEARD = Becomes("sound")


def refused(code: str) -> Becomes:
    """A file that is set aside with this code."""
    return Becomes(refused=code)


class Files(Protocol):
    """The files of the same family, by name."""

    def __getitem__(self, name: str) -> Path: ...


Maker = Callable[[Files, Path], None]


class Family:
    """Files of one kind: who makes each, and what is to become of it."""

    def __init__(self) -> None:
        self.makers: dict[str, Maker] = {}
        self.becomes: dict[str, Becomes] = {}

    def file(self, name: str, becomes: Becomes) -> Callable[[Maker], Maker]:
        """Register the maker of a file."""

        def register(maker: Maker) -> Maker:
            self.makers[name], self.becomes[name] = maker, becomes
            return maker

        return register

    def films(self, rows: dict[str, tuple[Becomes, tuple[str, ...]]]) -> None:
        """Register files that one run of ffmpeg makes."""
        for name, (becomes, arguments) in rows.items():
            self.file(name, becomes)(_by_ffmpeg(arguments))


def _by_ffmpeg(arguments: tuple[str, ...]) -> Maker:
    def make(_: Files, path: Path) -> None:
        ffmpeg(*arguments, str(path))

    return make
