"""Edit lists: what is stored is not what is shown, or not when it is shown."""

import struct
from pathlib import Path

from tests.media.editing import edit_file, edit_list
from tests.media.making import (
    H264,
    REMUXED,
    SCENE,
    SOUND,
    TRANSCODED,
    Becomes,
    Family,
    Files,
    ffmpeg,
    refused,
    scene,
    sound,
)

FILES = Family()
_ONE_GROUP = (*H264[:-2], "-g", "300", "-bf", "0")
_MOVIE, _FILM = 1000, 15360
"""Ticks per second of the movie and of a film at 30 frames per second, as ffmpeg writes them."""


@FILES.file("whole.mp4", Becomes("remux", seconds=3.0))
def whole(_: Files, path: Path) -> None:
    ffmpeg(*scene(seconds=3), *sound(seconds=3), *_ONE_GROUP, "-c:a", "aac", str(path))


@FILES.file("trimmed.mp4", Becomes("transcode", seconds=2.4, flash=0.2))
def trimmed(files: Files, path: Path) -> None:
    """Cut without re-encoding: an edit list hides frames that are still in the file."""
    ffmpeg("-ss", "0.6", "-i", str(files["whole.mp4"]), "-c", "copy", str(path))


@FILES.file("cut-short.mp4", Becomes("transcode", seconds=3.0, flash=None, beeps=False))
def cut_short(files: Files, path: Path) -> None:
    """The same at the other end: the edit list shows a tenth of a second of a long group of frames."""
    content = bytearray(files["whole.mp4"].read_bytes())
    edit = content.index(b"elst") + 12  # version and flags, number of entries; then the length to show
    (length,) = struct.unpack(">I", content[edit : edit + 4])
    content[edit : edit + 4] = struct.pack(">I", length // 30)
    path.write_bytes(content)


def _plain(path: Path) -> Path:
    plain = path.with_name("plain.mp4")
    ffmpeg(*SCENE, *_ONE_GROUP, str(plain))
    return plain


@FILES.file("several-edits.mp4", Becomes("transcode", seconds=0.9, flash=0.4, beeps=False))
def several_edits(files: Files, path: Path) -> None:
    """An editor's: 0.2 to 0.4 s, then 0.6 to 1.3 s of what is stored."""
    edits = edit_list((200, _FILM * 2 // 10, 1), (700, _FILM * 6 // 10, 1))
    edit_file(path, _plain(path), "moov/trak/edts/elst", edits)


@FILES.file("twice.mp4", Becomes("transcode", seconds=1.4, flash=0.4, beeps=False))
def twice(files: Files, path: Path) -> None:
    """The same 0.7 seconds shown twice: edits may overlap."""
    edits = edit_list(*[(700, _FILM * 4 // 10, 1)] * 2)
    edit_file(path, _plain(path), "moov/trak/edts/elst", edits)


@FILES.file("at-half-speed.mp4", refused("speed_changed"))
def at_half_speed(files: Files, path: Path) -> None:
    """An edit at another pace than it was filmed at: ffmpeg would play it at the wrong one."""
    edit_file(path, _plain(path), "moov/trak/edts/elst", edit_list((3000, 0, 0.5)))


FILES.films(
    {
        "late-sound.mp4": (
            Becomes("remux"),
            (*SCENE, "-itsoffset", "0.5", *sound("if(between(t,0.3,0.4),0.8*sin(2*PI*880*t),0)",
             seconds=1.0), *H264, "-c:a", "aac"),
        ),
        "late-film.mp4": (
            Becomes("remux", seconds=2.0, flash=1.3),
            ("-itsoffset", "0.5", *SCENE, *sound("if(between(t,1.3,1.4),0.8*sin(2*PI*880*t),0)",
             seconds=2.0), *H264, "-c:a", "aac"),
        ),
        "late-film.webm": (
            Becomes("transcode", seconds=2.0, flash=1.3),
            (
                "-itsoffset", "0.5", *SCENE, *sound("if(between(t,1.3,1.4),0.8*sin(2*PI*880*t),0)",
                seconds=2.0),
                "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus",
            ),
        ),
        "gap-in-sound.mkv": (
            REMUXED,
            (*SCENE, *SOUND, "-af", "aselect='not(between(t,0.2,0.5))'", *H264, "-c:a", "pcm_s16le"),
        ),
        "gap-in-sound.webm": (
            TRANSCODED,
            (
                *SCENE, *SOUND, "-af", "aselect='not(between(t,0.2,0.5))'", "-c:v", "libvpx", "-deadline",
                "realtime",
                "-c:a", "libvorbis",
            ),
        ),
    }
)  # fmt: skip
