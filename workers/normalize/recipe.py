"""The recipes: which way a file goes, and the exact command line of it. Pure; every choice is explained where
it stands, and each recipe carries a version that becomes part of the derivative's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workers.inspect.facts import Facts, Picture

Way = Literal["remux", "transcode", "sound", "still"]

MOST_SECONDS = 4 * 3600
DECODERS = (
    "h264,hevc,vp8,vp9,av1,libdav1d,h263,mpeg4,aac,amrnb,amrwb,opus,vorbis,mp3,mp3float,flac,alac,pcm_s16le"
)
THREADS = "2"
"""Pinned: x264 splits its work by threads, and the same input must give the same bytes on every machine."""

_PLAYABLE_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})
CLEAN = (
    *("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
)
_CONTAINER = ("-empty_hdlr_name", "1", "-movflags", "+faststart", "-f", "mp4")
AAC = ("-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2")
_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
_TO_SDR = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv"
)
_BARE = "sidedata=mode=delete"
"""Without it the mastering display and light level of an HDR source stand in the header of an SDR copy."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to a derivative: `name` with its version is recorded and becomes part of the object's key."""

    way: Way
    name: str
    kind: Literal["playback", "still"]
    mime: str
    suffix: str


REMUX = Recipe("remux", "remux-1", "playback", "video/mp4", "mp4")
TRANSCODE = Recipe("transcode", "transcode-1", "playback", "video/mp4", "mp4")
SOUND = Recipe("sound", "sound-1", "playback", "audio/mp4", "m4a")
STILL = Recipe("still", "still-1", "still", "image/jpeg", "jpg")


def recipe_for(facts: Facts) -> Recipe:
    """The way this file goes."""
    if facts.kind == "photo":
        return STILL
    if facts.picture is None:
        return SOUND
    return REMUX if plays_everywhere(facts.picture) else TRANSCODE


def plays_everywhere(picture: Picture) -> bool:
    """Whether every browser shows this stream as it is, and a copy of it shows nothing that was cut away."""
    return (
        picture.codec == "h264"
        and picture.pixel_format == "yuv420p"
        and picture.profile in _PLAYABLE_PROFILES
        and not picture.hdr
        and not picture.interlaced
        and not picture.hidden_frames
    )


def command(ffmpeg: str, facts: Facts, recipe: Recipe, out: Path) -> tuple[str, ...]:
    """ffmpeg's whole command line for a recording; the file itself comes as standard input."""
    return (
        *reading(ffmpeg, facts),
        *streams(facts),
        *CLEAN,
        *_coding(facts, recipe),
        *_CONTAINER,
        str(out),
    )


def reading(ffmpeg: str, facts: Facts, before: Sequence[str] = ()) -> tuple[str, ...]:
    """ffmpeg up to its input: no path may be opened, the format is forced, codecs and sizes are bounded.

    `before` are further options of the input, such as a seek.
    """
    return (
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", THREADS),
        *("-protocol_whitelist", "fd", "-f", facts.form, "-codec_whitelist", DECODERS),
        *("-max_streams", "64", "-max_pixels", "40000000", "-t", str(MOST_SECONDS)),
        *before,
        *("-fd", "0", "-i", "fd:"),
    )


def upright_sdr(picture: Picture, *more: str) -> str:
    """The filters from a stored frame to 8-bit BT.709; ffmpeg has turned the frame upright before them."""
    tone = (_TO_SDR,) if picture.hdr else ()
    return ",".join((_EVEN, *tone, *more, "format=yuv420p", _BARE))


def streams(facts: Facts) -> tuple[str, ...]:
    """The options that choose the streams which are shown and heard."""
    chosen = [stream.index for stream in (facts.picture, facts.sound) if stream is not None]
    return tuple(word for index in chosen for word in ("-map", f"0:{index}"))


def _coding(facts: Facts, recipe: Recipe) -> tuple[str, ...]:
    sound = AAC if facts.sound else ()
    if recipe.way == "sound" or facts.picture is None:
        return sound
    if recipe.way == "remux":
        # Slices and parameter sets pass; SEI units, in which cameras and encoders write anything, do not.
        return ("-c:v", "copy", "-bsf:v", "filter_units=pass_types=1-5|7|8", *sound)
    return (
        *("-vf", upright_sdr(facts.picture), "-c:v", "libx264", "-preset", "veryfast", "-crf", "23"),
        *("-profile:v", "high", "-threads", THREADS, "-bsf:v", "filter_units=remove_types=6"),
        *sound,
    )
