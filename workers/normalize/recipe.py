"""The recipes: which way a file goes, and the exact command line of it. Pure; every choice is explained where
it stands, and each recipe carries a version that becomes part of the derivative's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workers.inspect.facts import SEE_THROUGH, Facts, Picture

Way = Literal["remux", "transcode", "sound", "still"]

MOST_SECONDS = 4 * 3600
DECODERS = (
    "h264,hevc,vp8,vp9,av1,libdav1d,h263,mpeg4,mjpeg,mpeg1video,mpeg2video,gif,apng,webp_anim,webp,"
    "aac,amrnb,amrwb,opus,vorbis,mp3,mp3float,mp2,mp2float,ac3,flac,alac,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8,pcm_mulaw,pcm_alaw,"
    "adpcm_ima_wav,adpcm_ms"
)
THREADS = "2"
"""Pinned: x264 splits its work by threads, and the same input must give the same bytes on every machine."""

_PLAYABLE_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})
_TIMED_FORMS = frozenset({"mov", "matroska"})
"""Containers that say when each picture is shown. AVI does not; a broadcast may change its size within."""
CLEAN = (
    *("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
)
ONE_CLOCK = ("-video_track_timescale", "90000", "-movie_timescale", "90000")
"""A film that begins late is told so in the movie's ticks, which Firefox takes for the film's own."""
CONTAINER = ("-empty_hdlr_name", "1", *ONE_CLOCK, "-movflags", "+faststart", "-f", "mp4")
_ON_WHITE = (
    "format=rgba,split[over][page];[page]drawbox=color=white:t=fill:replace=1[white];"
    "[white][over]overlay=format=rgb"
)
"""An animation through which the page is seen: the page is white."""
_WHOLE = "bwdif=mode=send_frame:deint=interlaced"
"""Two half pictures of different moments become one whole."""
_CROOKED = "rotate=a=-{turn}*PI/180:ow='rotw(-{turn}*PI/180)':oh='roth(-{turn}*PI/180)'"
"""ffmpeg's own turn by less than a quarter cuts the corners off; so it is told to leave that to this."""
_SQUARE = "if(between(sar,1/4,4),sar,1)"
"""The shape of a pixel; one that no camera has is a mistake or a trap, and is taken for a square."""
_EVEN = f"scale='max(2,trunc(iw*{_SQUARE}/2)*2)':'max(2,trunc(ih/2)*2)',setsar=1"
_TO_SDR = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv"
)
"""White at 203 cd/m2 (ITU-R BT.2408, 5.1) becomes white, and what is darker than a face keeps its brightness:
the curve bends above 0.3 alone. Hable's, in wide use, shows a grey card one stop too dark.
"""
_BARE = "sidedata=mode=delete"
"""Without it the mastering display and light level of an HDR source stand in the header of an SDR copy."""

_IN_STEP = "aresample=async=1:first_pts=0:min_hard_comp=0.035"
"""Sound at the moment it was heard: silence where it begins late or pauses, for AAC itself knows no gaps."""
AT_ITS_MOMENT = ("-fps_mode", "vfr", "-enc_time_base", "demux")
"""Each picture stays where it was, between others at no steady pace."""
AAC = ("-af", _IN_STEP, "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to a derivative: `name` with its version is recorded and becomes part of the object's key."""

    way: Way
    name: str
    kind: Literal["playback", "still"]
    mime: str
    suffix: str


REMUX = Recipe("remux", "remux-2", "playback", "video/mp4", "mp4")
TRANSCODE = Recipe("transcode", "transcode-2", "playback", "video/mp4", "mp4")
SOUND = Recipe("sound", "sound-2", "playback", "audio/mp4", "m4a")
STILL = Recipe("still", "still-2", "still", "image/jpeg", "jpg")


def recipe_for(facts: Facts) -> Recipe:
    """The way this file goes."""
    if facts.kind == "photo":
        return STILL
    if facts.picture is None:
        return SOUND
    return REMUX if facts.form in _TIMED_FORMS and plays_everywhere(facts.picture) else TRANSCODE


def plays_everywhere(picture: Picture) -> bool:
    """Whether every browser shows this stream as it is, and a copy of it shows nothing that was cut away."""
    return (
        picture.codec == "h264"
        and picture.pixel_format == "yuv420p"
        and picture.profile in _PLAYABLE_PROFILES
        and not picture.hdr
        and not picture.interlaced
        and not picture.hidden_frames
        and not picture.obstacles
    )


def command(ffmpeg: str, facts: Facts, recipe: Recipe, out: Path) -> tuple[str, ...]:
    """ffmpeg's whole command line for a recording; the file itself comes as standard input."""
    return (
        *reading(ffmpeg, facts),
        *streams(facts),
        *CLEAN,
        *_coding(facts, recipe),
        *CONTAINER,
        str(out),
    )


def reading(ffmpeg: str, facts: Facts, before: Sequence[str] = ()) -> tuple[str, ...]:
    """ffmpeg up to its input: no path may be opened, the format is forced, codecs and sizes are bounded.

    `before` are further options of the input, such as a seek.
    """
    return (
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", THREADS),
        # What can be decoded of a film whose sound is beyond repair is better than nothing.
        *("-max_error_rate", "1"),
        *("-protocol_whitelist", "fd", "-f", facts.form, "-codec_whitelist", DECODERS),
        *("-max_streams", "64", "-max_pixels", "40000000", "-t", str(MOST_SECONDS)),
        *before,
        *(("-noautorotate",) if facts.picture and "crooked" in facts.picture.obstacles else ()),
        *("-fd", "0", "-i", "fd:"),
    )


def upright_sdr(picture: Picture, *more: str) -> str:
    """The filters from a stored frame to 8-bit BT.709; ffmpeg has turned the frame upright before them."""
    page = (_ON_WHITE,) if picture.pixel_format == SEE_THROUGH else ()
    whole = (_WHOLE,) if picture.interlaced else ()
    turn = (_CROOKED.format(turn=picture.rotation),) if "crooked" in picture.obstacles else ()
    tone = (_TO_SDR,) if picture.hdr else ()
    return ",".join((*page, *whole, *turn, _EVEN, *tone, *more, "format=yuv420p", _BARE))


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
        *("-vf", upright_sdr(facts.picture), *AT_ITS_MOMENT),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high", "-threads", THREADS),
        *("-bsf:v", f"filter_units=remove_types=6{_to_the_end(facts)}"),
        *sound,
    )


def _to_the_end(facts: Facts) -> str:
    """The last picture stays until the recording ends, and no longer: an edit may have cut off its hour."""
    if facts.seconds is None:
        return ""
    return f",setts=pts=PTS:dts=DTS:duration='min(DURATION,max(1,{facts.seconds:.3f}/TB-PTS))'"
