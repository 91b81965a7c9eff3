"""A film or a sound under the eye of PyAV: which stream is seen, which is heard, how long, and what forbids a
mere copy.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.container
import av.error
from av.sidedata.sidedata import Type as SideData

from workers.inspect.facts import Facts, Picture, Sound
from workers.inspect.index import Index, read_index
from workers.inspect.opened import Opened, UnwantedError
from workers.strip.boxes import has_index

VIDEO_CODECS = frozenset(
    {"h264", "hevc", "vp8", "vp9", "av1", "h263", "mpeg4", "mjpeg", "mpeg1video", "mpeg2video"}
)
AUDIO_CODECS = frozenset(
    {
        *("aac", "amr_nb", "amr_wb", "opus", "vorbis", "mp3", "mp2", "ac3", "flac", "alac"),
        *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8"),
        *("pcm_mulaw", "pcm_alaw", "adpcm_ima_wav", "adpcm_ms"),
    }
)
MOST_STREAMS = 64
MOST_VIDEO_PIXELS = 40_000_000
MOST_SECONDS = 4 * 3600
_HDR_TRANSFERS = frozenset({16, 18})
"""SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG), as numbered in ITU-T H.273, table 3."""
_PROGRESSIVE = 1
_SHORT_OF_PROMISE_SECONDS = 0.2
_MOST_UNREADABLE = 300
"""Packets that may be passed over before the first picture: a broadcast is cut off where it was joined."""


def recording(opened: Opened) -> Facts:
    """The facts of a film or a sound. Raises `UnwantedError`."""
    index = read_index(opened.file, opened.length) if opened.form.name == "mov" else Index()
    if index.pace_changed:
        raise UnwantedError("speed_changed")
    try:
        with av.open(opened.from_start(), format=opened.form.name, metadata_errors="ignore") as container:
            return _describe(opened, container, index)
    except (av.error.FFmpegError, ValueError, OSError):
        raise UnwantedError(_damage(opened)) from None


@dataclass(frozen=True, slots=True)
class Played:
    """What was counted by reading packets: how many, and when the last of them has been shown.

    `seconds` is of the streams asked for, `whole` of all that the file has.
    """

    packets: int
    seconds: float
    whole: float


def played(container: Any, chosen: Collection[int]) -> Played:
    """Read every packet and decode none; `chosen` are the numbers of the streams to be counted."""
    packets, first, last, last_of_all = 0, None, Fraction(0), Fraction(0)
    for packet in container.demux():
        if not packet.size or packet.pts is None or packet.is_discard:
            continue
        begins = packet.pts * packet.time_base
        ends = begins + (packet.duration or 0) * packet.time_base
        last_of_all = max(last_of_all, ends)
        if packet.stream_index in chosen:
            packets += 1
            first = begins if first is None else min(first, begins)
            last = max(last, ends)
    since = first or Fraction(0)
    return Played(packets, max(0.0, float(last - since)), max(0.0, float(last_of_all - since)))


def _describe(opened: Opened, container: Any, index: Index) -> Facts:
    if len(container.streams) > MOST_STREAMS:
        raise UnwantedError("too_many_streams")
    film = _best(container, "video", VIDEO_CODECS)
    voice = _best(container, "audio", AUDIO_CODECS)
    if film is None and (voice is None or _has_film(container)):
        raise UnwantedError("codec_unsupported" if len(container.streams) else "damaged")
    if film is not None and index.dolby_alone:
        raise UnwantedError("colours_unknown")
    picture = None if film is None else _picture(container, film, index)
    seconds, cut_off = _length(opened, container, index, [s for s in (film, voice) if s is not None])
    if seconds > MOST_SECONDS:
        raise UnwantedError("too_long")
    return Facts(
        kind="audio" if picture is None else "video",
        mime=opened.mime,
        form=opened.form.name,
        seconds=seconds,
        picture=picture,
        sound=None if voice is None else Sound(voice.index, _codec(voice)),
        left_out=tuple(
            f"{stream.type}:{_codec(stream) or 'unknown'}"
            for stream in container.streams
            if stream not in (film, voice)
        ),
        cut_off=cut_off,
    )


def _length(opened: Opened, container: Any, index: Index, chosen: list[Any]) -> tuple[float, bool]:
    """How long it plays, and whether the file ends before its recording does.

    An MP4's index is exact; every other container guesses, promises, or does not say. To be asked last:
    another reader of the same file leaves the first one lost.
    """
    told = None if container.duration is None else container.duration / av.time_base
    indexed = opened.form.name == "mov" and not index.fragmented
    cut_off = indexed and any(e.pos + e.size > opened.length for s in chosen for e in s.index_entries)
    if indexed and told and not cut_off:
        return float(told), False
    with av.open(opened.from_start(), format=opened.form.name, metadata_errors="ignore") as again:
        counted = played(again, {stream.index for stream in chosen})
    promised = float(told) if told is not None and opened.form.name == "matroska" else 0.0
    return counted.seconds, cut_off or promised - counted.whole > _SHORT_OF_PROMISE_SECONDS


def _picture(container: Any, film: Any, index: Index) -> Picture:
    """The stream as its header and first shown frame tell. Decoding that frame proves it can be played."""
    coder = film.codec_context
    if coder.width * coder.height > MOST_VIDEO_PIXELS:
        raise UnwantedError("too_many_pixels")
    coder.thread_count = 1
    coder.options = {"max_pixels": str(MOST_VIDEO_PIXELS)}
    frame, hidden = _first_frame(container, film)
    rotation, mirrored = _held(frame)
    return Picture(
        index=film.index,
        codec=_codec(film),
        profile=coder.profile or "",
        pixel_format=coder.pix_fmt or "unknown",
        width=frame.width,
        height=frame.height,
        rotation=rotation,
        hdr=int(coder.color_trc or 0) in _HDR_TRANSFERS or int(frame.color_trc or 0) in _HDR_TRANSFERS,
        interlaced=bool(frame.interlaced_frame) or int(coder.field_order) > _PROGRESSIVE,
        hidden_frames=hidden or index.several_edits,
        obstacles=tuple(_obstacles(film, index, rotation, mirrored)),
    )


def _first_frame(container: Any, film: Any) -> tuple[Any, bool]:
    """The first frame that is shown, and whether an edit list hides others. Raises `UnwantedError`.

    What lies after the end of an edit the demuxer has taken out of the index: the header counts more frames.
    """
    entries = list(film.index_entries)
    hidden = any(entry.is_discard for entry in entries) or film.frames > len(entries) > 0
    for number, packet in enumerate(container.demux(film)):
        hidden = hidden or packet.is_discard
        try:
            frame = next(iter(packet.decode()), None)
        except av.error.InvalidDataError:
            frame = None
        if frame is not None:
            return frame, hidden
        if number > _MOST_UNREADABLE:
            break
    raise UnwantedError("damaged")


def _held(frame: Any) -> tuple[int, bool]:
    """How a frame has to be turned, in degrees against the clock, and whether its matrix mirrors it."""
    try:
        matrix = memoryview(bytes(frame.side_data[SideData.DISPLAYMATRIX])).cast("i")
    except KeyError:
        return 0, False
    turn = round(-math.degrees(math.atan2(matrix[1], matrix[0]))) % 360
    return turn, matrix[0] * matrix[4] - matrix[1] * matrix[3] < 0


def _obstacles(film: Any, index: Index, rotation: int, mirrored: bool) -> Iterable[str]:
    if mirrored:
        yield "mirrored"
    elif rotation % 90:
        yield "crooked"
    elif rotation and index.turns.get(film.id) != rotation:
        yield "turned within"
    if film.sample_aspect_ratio not in (None, 0, 1):
        yield "pixels not square"
    if index.several_codings:
        yield "several codings"


def _best(container: Any, kind: str, allowed: frozenset[str]) -> Any:
    """The first stream that its file wants played, among those with a codec that may be opened.

    An iPhone puts spatial audio beside the plain one, an animated AVIF its title picture before the film.
    """
    fit = [s for s in container.streams if s.type == kind and _codec(s) in allowed and not _is_cover(s)]
    return min(fit, key=lambda stream: (stream.frames == 1, not _is_default(stream)), default=None)


def _has_film(container: Any) -> bool:
    return any(stream.type == "video" and not _is_cover(stream) for stream in container.streams)


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _is_default(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.default)


def _codec(stream: Any) -> str:
    coder = stream.codec_context
    return "" if coder is None else str(coder.codec.canonical_name)


def _damage(opened: Opened) -> str:
    """Why the demuxer gave up: an MP4 or MOV without `moov` was cut off before its index came."""
    if opened.form.name != "mov":
        return "damaged"
    return "damaged" if has_index(opened.from_start(), opened.length) else "no_index"
