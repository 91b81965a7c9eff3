"""Films held every way, and of every shape."""

import struct
from pathlib import Path

from tests.media.editing import body
from tests.media.making import H264, SCENE, SOUND, TAGS, Becomes, Family, Files, ffmpeg, scene

FILES = Family()
_MATRIX = 40
"""Where the matrix stands in a `tkhd` of version 0 (ISO/IEC 14496-12, 8.3.2)."""
_ONE = 65536


def _turned(degrees: int) -> tuple[str, ...]:
    """The scene as a phone stores it that is turned: the sensor's rows are not the person's."""
    filters = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
    return (*SCENE, *SOUND, *TAGS, "-vf", filters[degrees], *H264, "-c:a", "aac")


@FILES.file("sideways.mp4", Becomes("remux"))
def sideways(_: Files, path: Path) -> None:
    _turned_file(path, 90)


@FILES.file("upside-down.mp4", Becomes("remux"))
def upside_down(_: Files, path: Path) -> None:
    _turned_file(path, 180)


@FILES.file("other-side.mp4", Becomes("remux"))
def other_side(_: Files, path: Path) -> None:
    _turned_file(path, 270)


@FILES.file("sideways.mkv", Becomes("transcode"))
def sideways_in_matroska(_: Files, path: Path) -> None:
    """Turned by a field of another container."""
    _turned_file(path, 90)


@FILES.file("mirrored.mp4", Becomes("transcode"))
def mirrored(files: Files, path: Path) -> None:
    """A selfie as some phones store it: mirrored, and a matrix that mirrors it back."""
    ffmpeg(*SCENE, *SOUND, "-vf", "hflip", *H264, "-c:a", "aac", str(path))
    _set_matrix(path, (-_ONE, 0, 0, _ONE))


@FILES.file("mirrored-sideways.mp4", Becomes("transcode"))
def mirrored_sideways(files: Files, path: Path) -> None:
    ffmpeg(*SCENE, *SOUND, "-vf", "transpose=cclock_flip", *H264, "-c:a", "aac", str(path))
    _set_matrix(path, (0, _ONE, _ONE, 0))


@FILES.file("crooked.mp4", Becomes("transcode", shown=(356, 292), corner=False))
def crooked(files: Files, path: Path) -> None:
    """Turned by ten degrees, as an editor may write it: nothing of the picture may be cut away."""
    ffmpeg(*SCENE, *SOUND, *H264, "-c:a", "aac", str(path))
    _set_matrix(path, (64540, 11380, -11380, 64540))


@FILES.file("turned-by-its-coding.mp4", Becomes("transcode"))
def turned_by_its_coding(_: Files, path: Path) -> None:
    """The turn stands in an SEI unit, which a remux takes away."""
    filters = "h264_metadata=rotate=90:display_orientation=insert"
    ffmpeg(*_turned(90), "-bsf:v", filters, str(path))


FILES.films(
    {
        "odd.mp4": (
            Becomes("transcode", shown=(320, 240), beeps=False),
            (*SCENE, *TAGS, "-vf", "scale=321:241", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt",
             "yuv444p"),
        ),
        "tiny.mp4": (
            Becomes("transcode", shown=(2, 2), corner=False, flash=None),
            (*SCENE, *SOUND, "-vf", "scale=1:1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt",
             "yuv444p"),
        ),
        "small.mp4": (Becomes("remux", shown=(16, 16)), (*scene("16x16"), *SOUND, *H264)),
        "tall.mp4": (Becomes("remux", shown=(64, 1024)), (*scene("64x1024"), *SOUND, *H264)),
        "wide.webm": (
            Becomes("transcode", shown=(1024, 64)),
            (*scene("1024x64"), *SOUND, "-c:v", "libvpx", "-deadline", "realtime"),
        ),
        "anamorphic.mp4": (Becomes("transcode", shown=(426, 240)), (*SCENE, *SOUND, "-vf", "setsar=4/3",
        *H264)),
        "absurd-pixels.mp4": (
            Becomes("transcode", shown=(320, 240)),
            (*SCENE, *SOUND, "-vf", "setsar=1000/1", *H264),
        ),
    }
)  # fmt: skip


@FILES.file("jumping-size.ts", Becomes("transcode", flash=None, seconds=3.0))
def jumping_size(_: Files, path: Path) -> None:
    """A stream whose picture changes its size half-way, as calls and broadcasts do."""
    parts = [path.with_suffix(f".{size}.ts") for size in ("320x240", "160x240")]
    for part in parts:
        ffmpeg(*scene(part.suffixes[-2][1:]), *SOUND, *H264, "-c:a", "aac", str(part))
    ffmpeg("-i", "concat:" + "|".join(map(str, parts)), "-c", "copy", "-fflags", "+genpts", str(path))


def _turned_file(path: Path, degrees: int) -> None:
    stored = path.with_name(f"stored{path.suffix}")
    ffmpeg(*_turned(degrees), str(stored))
    # ffmpeg counts against the clock what turns the stored picture upright
    ffmpeg("-display_rotation", str(degrees), "-i", str(stored), "-c", "copy", str(path))


def _set_matrix(path: Path, turn: tuple[int, int, int, int]) -> None:
    """Write the four numbers that turn and mirror into the first track's matrix."""
    content = bytearray(path.read_bytes())
    start = body(bytes(content), "moov/trak/tkhd").start + _MATRIX
    a, b, c, d = turn
    struct.pack_into(">6i", content, start, a, b, 0, c, d, 0)
    path.write_bytes(content)
