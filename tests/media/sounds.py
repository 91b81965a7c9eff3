"""Sound alone: voice memos, voicemail, messengers' notes."""

from pathlib import Path

from tests.media.making import CANARY, HEARD, SOUND, SOUND_TAGS, Becomes, Family, Files, ffmpeg, sound

FILES = Family()
_TELEPHONE = sound(rate=8000)

FILES.films(
    {
        "voice.m4a": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "aac")),
        "voice.mp3": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "libmp3lame")),
        "untold.mp3": (HEARD, (*SOUND, "-c:a", "libmp3lame", "-q:a", "9", "-write_xing", "0")),
        "voice.ogg": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "libvorbis")),
        "note.opus": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "libopus")),
        "note.amr": (HEARD, (*_TELEPHONE, "-c:a", "libopencore_amrnb", "-ac", "1", "-b:a", "12.2k")),
        "memo.wav": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "pcm_s16le", "-write_bext", "1")),
        "voicemail.wav": (HEARD, (*_TELEPHONE, "-c:a", "pcm_mulaw")),
        "dictation.wav": (HEARD, (*_TELEPHONE, "-c:a", "adpcm_ima_wav")),
        "studio.wav": (HEARD, (*SOUND, "-c:a", "pcm_s24le")),
        "voice.flac": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "flac")),
        "voice.aac": (HEARD, (*SOUND, "-c:a", "aac", "-f", "adts")),
        "message.caf": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "alac")),
        "voice.webm": (HEARD, (*SOUND, *SOUND_TAGS, "-c:a", "libopus")),
    }
)  # fmt: skip


@FILES.file("wideband.amr", Becomes("sound", beeps=False))
def wideband(_: Files, path: Path) -> None:
    """AMR-WB, for which no free encoder is at hand: frames of mode 0 with all bits clear (RFC 4867, 5.3)."""
    path.write_bytes(b"#!AMR-WB\n" + (bytes([0x04]) + bytes(17)) * 75)


@FILES.file("covered.mp3", Becomes("sound", left_out=("video:mjpeg",)))
def covered(_: Files, path: Path) -> None:
    """A picture on the cover does not make it a film; its EXIF may tell as much as a photo's."""
    cover = path.with_suffix(".jpg")
    ffmpeg("-f", "lavfi", "-i", "color=green:size=64x64", "-frames:v", "1", str(cover))
    picture = cover.read_bytes()
    note = f"{CANARY} cover".encode()
    cover.write_bytes(picture[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + picture[2:])
    ffmpeg(
        *SOUND, "-i", str(cover), "-map", "0", "-map", "1", *SOUND_TAGS, "-c:a", "libmp3lame", "-c:v", "copy",
        "-disposition:v:0", "attached_pic", str(path),
    )  # fmt: skip
