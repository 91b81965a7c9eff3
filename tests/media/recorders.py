"""H.264 as phones, cameras and editors write it: every profile, every pace, every layout of the file."""

from pathlib import Path

from tests.media.making import H264, REMUXED, SCENE, SOUND, TRANSCODED, Becomes, Family, Files, ffmpeg, scene

FILES = Family()
_X264 = ("-c:v", "libx264", "-preset", "ultrafast")
_AAC = ("-c:a", "aac")


def _profile(name: str, pixels: str, *more: str) -> tuple[str, ...]:
    return (*SCENE, *SOUND, *_X264, "-profile:v", name, "-pix_fmt", pixels, *more, *_AAC)


FILES.films(
    {
        "baseline.mp4": (REMUXED, _profile("baseline", "yuv420p")),
        "main.mp4": (REMUXED, _profile("main", "yuv420p", "-bf", "2")),
        "high.mov": (REMUXED, _profile("high", "yuv420p", "-bf", "3", "-g", "15")),
        "high10.mp4": (TRANSCODED, _profile("high10", "yuv420p10le")),
        "h264-422.mp4": (TRANSCODED, _profile("high422", "yuv422p")),
        "h264-422-10.mov": (TRANSCODED, _profile("high422", "yuv422p10le")),
        "h264-444.mp4": (TRANSCODED, _profile("high444", "yuv444p")),
        "full-range.mp4": (
            TRANSCODED,
            (*SCENE, *SOUND, "-vf", "scale=out_range=full", *_X264, "-pix_fmt", "yuvj420p", *_AAC),
        ),
        "interlaced.mp4": (
            TRANSCODED,
            (*scene(rate=60), *SOUND, "-vf", "interlace", *_X264, "-pix_fmt", "yuv420p", "-flags",
             "+ilme+ildct", *_AAC),
        ),
        "silent.mp4": (Becomes("remux", beeps=False), (*SCENE, *H264)),
        "faststart.mp4": (REMUXED, (*SCENE, *SOUND, *H264, *_AAC, "-movflags", "+faststart")),
        "fragmented.mp4": (
            REMUXED,
            (*SCENE, *SOUND, *H264, "-g", "10", *_AAC, "-movflags",
             "+frag_keyframe+empty_moov+default_base_moof"),
        ),
        "recovering.mp4": (
            REMUXED,
            (*SCENE, *SOUND, *H264, "-g", "10", *_AAC, "-movflags", "+frag_keyframe+skip_trailer"),
        ),
        "slow-motion.mp4": (REMUXED, (*scene(rate=240), *SOUND, *H264, *_AAC)),
        "timelapse.mp4": (
            Becomes("remux", flash=None, beeps=False, seconds=3.0),
            (*scene(rate=2, seconds=3.0), *H264),
        ),
    }
)  # fmt: skip


@FILES.file("uneven.mp4", REMUXED)
def uneven(_: Files, path: Path) -> None:
    """Frames at no steady pace, as a phone in the dark takes them."""
    ffmpeg(
        *SCENE, *SOUND, "-vf", "select='not(eq(mod(n,5),1))*not(eq(mod(n,7),3))'", "-fps_mode", "vfr",
        *H264, *_AAC,
        str(path),
    )  # fmt: skip


@FILES.file("uneven.mov", TRANSCODED)
def uneven_and_high(_: Files, path: Path) -> None:
    """The same in a coding that has to be made anew: each frame must stay in its place."""
    ffmpeg(
        *SCENE, *SOUND, "-vf", "select='not(eq(mod(n,5),1))*not(eq(mod(n,7),3))'", "-fps_mode", "vfr", *_X264,
        "-pix_fmt", "yuv420p10le", *_AAC, str(path),
    )  # fmt: skip
