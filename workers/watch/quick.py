"""The quick rendition's recipe: small, soon there, in pieces of a second that play before all is made."""

from pathlib import Path

from workers.inspect.facts import Facts, Picture
from workers.normalize.recipe import (
    AAC,
    AT_ITS_MOMENT,
    CLEAN,
    THREADS,
    Recipe,
    reading,
    recipe_for,
    streams,
    upright_sdr,
)

QUICK = Recipe("transcode", "quick-1", "playback", "video/mp4", "mp4")
REPACK = ("-map", "0", "-c", "copy", *CLEAN)
SHORTER_SIDE, LONGER_SIDE = 540, 960

_SOON = 1280 * 720 * 10
"""Pixels times seconds of which the full copy is made about as soon as a quick one would be."""
_UNKNOWN_SECONDS = 60.0
_FRAGMENTS = ("-movflags", "+empty_moov+default_base_moof+frag_keyframe+skip_trailer", "-flush_packets", "1")
_H264 = "avc1.640028"
"""High profile, level 4.0, as the command line fixes it (RFC 6381, 3.3)."""
_AAC_LC = "mp4a.40.2"


def wanted(facts: Facts) -> bool:
    """Whether the full copy takes so long that a reviewer should see a small one first."""
    if facts.picture is None or recipe_for(facts).way != "transcode":
        return False
    seconds = _UNKNOWN_SECONDS if facts.seconds is None else facts.seconds
    return facts.picture.width * facts.picture.height * seconds > _SOON


def command(ffmpeg: str, facts: Facts, picture: Picture, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line for fragmented MP4 (ISO/IEC 14496-12, 8.8), a fragment for each second."""
    return (
        *reading(ffmpeg, facts),
        *streams(facts),
        *CLEAN,
        *("-vf", upright_sdr(picture, _smaller(picture)), *AT_ITS_MOMENT),
        # None is coded out of order: a header without samples could not say that the film begins at once.
        *("-c:v", "libx264", "-preset", "superfast", "-bf", "0"),
        *("-crf", "26", "-profile:v", "high", "-level:v", "4.0", "-threads", THREADS),
        *("-force_key_frames", "expr:gte(t,n_forced)", "-bsf:v", "filter_units=remove_types=6"),
        *(AAC if facts.sound else ()),
        *("-empty_hdlr_name", "1", *_FRAGMENTS, "-f", "mp4", str(out)),
    )


def repack(ffmpeg: str, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line that makes one plain MP4, which can be sought in, of all fragments."""
    return (
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-protocol_whitelist", "fd"),
        *("-f", "mov", "-fd", "0", "-i", "fd:", *REPACK),
        *("-empty_hdlr_name", "1", "-movflags", "+faststart", "-f", "mp4", str(out)),
    )


def media_type(facts: Facts) -> str:
    """What a player must be told before the first piece (RFC 6381)."""
    codecs = f"{_H264}, {_AAC_LC}" if facts.sound else _H264
    return f'video/mp4; codecs="{codecs}"'


def _smaller(picture: Picture) -> str:
    upright = picture.rotation in (90, 270)
    wide = (picture.height if upright else picture.width) >= (picture.width if upright else picture.height)
    width, height = (LONGER_SIDE, SHORTER_SIDE) if wide else (SHORTER_SIDE, LONGER_SIDE)
    return (
        f"scale=w='min({width},iw)':h='min({height},ih)'"
        ":force_original_aspect_ratio=decrease:force_divisible_by=2"
    )
