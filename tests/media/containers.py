"""What is no MP4: browsers', old phones', recorders' and camcorders' files."""

import struct
from pathlib import Path

from tests.media.making import (
    CANARY,
    H264,
    REMUXED,
    SCENE,
    SOUND,
    TAGS,
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
_VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus")
_CIF = ("-s", "352x288")
_OLD = Becomes("transcode", shown=(384, 288))
_TELEPHONE = sound(rate=8000)

FILES.films(
    {
        "browser.webm": (TRANSCODED, (*SCENE, *SOUND, *TAGS, *_VP8)),
        "vp9.webm": (
            TRANSCODED,
            (*SCENE, *SOUND, *TAGS, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8",
             "-c:a", "libopus"),
        ),
        "av1.webm": (
            TRANSCODED,
            (*SCENE, *SOUND, *TAGS, "-c:v", "libsvtav1", "-preset", "12", "-c:a", "libopus"),
        ),
        "av1.mp4": (TRANSCODED, (*SCENE, *SOUND, *TAGS, "-c:v", "libsvtav1", "-preset", "12", "-c:a", "aac")),
        "live.webm": (TRANSCODED, (*SCENE, *SOUND, *TAGS, *_VP8, "-f", "webm", "-live", "1")),
        "chrome.mkv": (
            REMUXED,
            (*SCENE, *SOUND, *TAGS, *H264, "-c:a", "libopus", "-f", "matroska", "-live", "1"),
        ),
        "old.3gp": (
            _OLD,
            (*SCENE, *_TELEPHONE, *TAGS, "-c:v", "h263", *_CIF, "-c:a", "libopencore_amrnb", "-ac", "1",
             "-b:a", "12.2k"),
        ),
        "mpeg4.3gp": (TRANSCODED, (*SCENE, *SOUND, *TAGS, "-c:v", "mpeg4", "-q:v", "3", "-c:a", "aac")),
        "recorder.avi": (
            TRANSCODED,
            (*SCENE, *SOUND, *TAGS, "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-c:a",
             "pcm_s16le"),
        ),
        "recorder-mulaw.avi": (
            TRANSCODED,
            (*SCENE, *_TELEPHONE, "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj422p", "-c:a", "pcm_mulaw"),
        ),
        "recorder-xvid.avi": (
            TRANSCODED,
            (*SCENE, *SOUND, *TAGS, "-c:v", "mpeg4", "-q:v", "3", "-vtag", "XVID", "-c:a", "libmp3lame"),
        ),
        "recorder-h264.avi": (TRANSCODED, (*SCENE, *_TELEPHONE, *H264, "-bf", "0", "-c:a", "pcm_alaw")),
        "recorder.mpg": (
            TRANSCODED,
            (*SCENE, *SOUND, "-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2"),
        ),
        "recorder-1.mpg": (TRANSCODED, (*SCENE, *SOUND, "-c:v", "mpeg1video", "-q:v", "3", "-c:a", "mp2")),
        "broadcast.ts": (
            TRANSCODED,
            (
                *SCENE, *SOUND, "-metadata", f"service_name={CANARY} service",
                "-metadata", f"service_provider={CANARY} provider", *H264, "-c:a", "aac",
            ),
        ),
        "hevc.ts": (TRANSCODED, (*SCENE, *SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-c:a", "aac")),
        "camcorder.mts": (
            TRANSCODED,
            (
                *scene(rate=60), *SOUND, "-vf", "interlace", "-c:v", "libx264", "-preset", "ultrafast",
                "-pix_fmt", "yuv420p", "-flags", "+ilme+ildct", "-c:a", "ac3", "-mpegts_m2ts_mode", "1",
                "-f", "mpegts",
            ),
        ),
        "export.wmv": (refused("makers_format"), (*SCENE, *SOUND, "-c:v", "wmv2", "-c:a", "wmav2")),
        "prores.mov": (refused("codec_unsupported"), (*SCENE, *SOUND, "-c:v", "prores", "-c:a", "aac")),
    }
)  # fmt: skip


@FILES.file("wideband.3gp", Becomes("transcode", beeps=False))
def wideband(_: Files, path: Path) -> None:
    """AMR-WB, for which no free encoder is at hand: frames of mode 0 with all bits clear (RFC 4867, 5.3)."""
    voice = path.with_suffix(".amr")
    voice.write_bytes(b"#!AMR-WB\n" + (bytes([0x04]) + bytes(17)) * 75)
    ffmpeg(*SCENE, "-i", str(voice), "-c:v", "mpeg4", "-q:v", "3", "-c:a", "copy", str(path))


@FILES.file("recorder.dav", refused("makers_format"))
def makers_own(_: Files, path: Path) -> None:
    """A recorder maker's own container."""
    path.write_bytes((b"DHAV" + struct.pack("<IIII", 0xFD, 0, 64, 0) + bytes(40) + b"dhav") * 40)
