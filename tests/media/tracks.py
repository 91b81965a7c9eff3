"""Files of several streams: which is seen, which is heard, and what is left out."""

import struct
from pathlib import Path

from tests.media.editing import body
from tests.media.making import (
    CANARY,
    H264,
    PLACE,
    REMUXED,
    SCENE,
    SOUND,
    Becomes,
    Family,
    Files,
    ffmpeg,
    sound,
)

FILES = Family()
_HUM = sound("0.05*sin(2*PI*200*t)")
_BEEP = "if(between(t,0.8,0.9),0.8*sin(2*PI*880*t),0)"
_ENABLED = 1

FILES.films(
    {
        "surround.mp4": (
            REMUXED,
            (*SCENE, *sound("|".join([_BEEP] * 6) + ":c=5.1"), *H264, "-c:a", "aac"),
        ),
        "telephone.mp4": (REMUXED, (*SCENE, *sound(rate=8000), *H264, "-c:a", "aac", "-ac", "1")),
        "alac.mov": (REMUXED, (*SCENE, *SOUND, *H264, "-c:a", "alac")),
        "raw-sound.mov": (REMUXED, (*SCENE, *SOUND, *H264, "-c:a", "pcm_s24le")),
        "two-sounds.mkv": (
            Becomes("remux", left_out=("audio:aac",)),
            (
                *SCENE, *_HUM, *SOUND, "-map", "0", "-map", "1", "-map", "2", *H264, "-c:a", "aac",
                "-disposition:a:0", "0", "-disposition:a:1", "default",
            ),
        ),
    }
)  # fmt: skip


@FILES.file("subtitled.mkv", Becomes("remux", left_out=("subtitle:subrip",)))
def subtitled(_: Files, path: Path) -> None:
    text = path.with_suffix(".srt")
    text.write_text(f"1\n00:00:00,000 --> 00:00:01,000\n{CANARY} {PLACE}\n")
    ffmpeg(*SCENE, *SOUND, "-i", str(text), *H264, "-c:a", "aac", "-c:s", "srt", str(path))


@FILES.file("spatial.mov", Becomes("remux", left_out=("audio:unknown",)))
def spatial(_: Files, path: Path) -> None:
    """An iPhone's: spatial sound in a coding that nobody else knows comes first, plain AAC second."""
    ffmpeg(
        *SCENE, *_HUM, *SOUND, "-map", "0", "-map", "1", "-map", "2", *H264, "-c:a", "aac",
        "-bitexact", str(path),
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    entries = body(bytes(content), "moov/trak[1]/mdia/minf/stbl/stsd")
    for kind, other in ((b"mp4a", b"apac"), (b"esds", b"dapa")):
        at = content.index(kind, entries.start, entries.stop)
        content[at : at + 4] = other
    path.write_bytes(content)


@FILES.file("two-films.mp4", Becomes("remux", left_out=("video:h264",)))
def two_films(_: Files, path: Path) -> None:
    """A second camera first, in a track that is switched off, as a picture in the picture."""
    ffmpeg(
        "-f", "lavfi", "-i", "color=green:size=64x64:rate=30:duration=1.5", *SCENE, *SOUND,
        "-map", "0", "-map", "1", "-map", "2", *H264, "-c:a", "aac", str(path),
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    for track, flags in ((0, 0), (1, _ENABLED)):
        start = body(bytes(content), f"moov/trak[{track}]/tkhd").start
        struct.pack_into(">I", content, start, flags)
    path.write_bytes(content)


@FILES.file("cover.mp4", Becomes("remux", left_out=("video:mjpeg",)))
def cover(_: Files, path: Path) -> None:
    """A cover picture, which is a film of one frame to a careless reader."""
    picture = path.with_suffix(".jpg")
    ffmpeg("-f", "lavfi", "-i", "color=green:size=64x64", "-frames:v", "1", str(picture))
    ffmpeg(
        *SCENE, *SOUND, "-i", str(picture), "-map", "0", "-map", "1", "-map", "2", *H264, "-c:v:1", "mjpeg",
        "-disposition:v:1", "attached_pic", "-c:a", "aac", str(path),
    )  # fmt: skip


@FILES.file("telemetry.mp4", Becomes("remux", left_out=("data:unknown", "data:unknown")))
def telemetry(files: Files, path: Path) -> None:
    """An action camera's: a track of places (`gpmd`) and a clock (`tmcd`)."""
    text = path.with_suffix(".srt")
    text.write_text(f"1\n00:00:00,000 --> 00:00:01,400\n{CANARY} {PLACE}\n")
    ffmpeg(
        *SCENE, *SOUND, "-i", str(text), *H264, "-c:a", "aac", "-c:s", "mov_text", "-timecode", "07:08:09:10",
        "-write_tmcd", "1", "-metadata", f"reel_name={CANARY}", str(path),
    )  # fmt: skip
    content = path.read_bytes()
    path.write_bytes(content.replace(b"tx3g", b"gpmd").replace(b"sbtl", b"meta"))
