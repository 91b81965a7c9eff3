"""Runs inside the sandbox: sniff standard input, open it with the reader the sniff allows, and print what it
is.

Prints one JSON object: `{"facts": ...}` or `{"refused": code}`. Whatever else happens to it (a crash, a kill)
is the parent's to judge.
"""

import json
import os
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO

import av
import av.container
import av.error
import pillow_heif
import pylibmagic  # noqa: F401 - first: `magic` then finds the wheel's library, also where Debian has none
from PIL import Image, UnidentifiedImageError

# isort: split
import magic

from workers.inspect.edits import several_edits
from workers.inspect.facts import Facts, Picture, Sound
from workers.inspect.forms import SNIFFED_BYTES, Form, form_of
from workers.strip.boxes import has_index

VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "h263", "mpeg4"})
AUDIO_CODECS = frozenset(
    {"aac", "amr_nb", "amr_wb", "opus", "vorbis", "mp3", "flac", "alac", "pcm_s16le"},
)
MOST_STREAMS = 64
MOST_VIDEO_PIXELS = 40_000_000
MOST_PHOTO_PIXELS = 220_000_000
MOST_SECONDS = 4 * 3600
_HDR_TRANSFERS = frozenset({16, 18})
"""SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG), as numbered in ITU-T H.273, table 3."""
_PROGRESSIVE = 1

pillow_heif.register_heif_opener()


class _RefusedError(Exception):
    """Carries the code of a refusal out of the readers."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file under the eye: what libmagic says it is, who reads it, its length in bytes."""

    file: BinaryIO
    length: int
    mime: str
    form: Form


def main(_: list[str]) -> int:
    """Look at standard input; always 0, since a refusal is an answer as well."""
    try:
        answer: dict[str, Any] = {"facts": look(sys.stdin.buffer).to_json()}
    except _RefusedError as refused:
        answer = {"refused": str(refused)}
    sys.stdout.write(json.dumps(answer))
    return 0


def look(file: BinaryIO) -> Facts:
    """What a seekable file is. Raises `_RefusedError` with a code of `workers.inspect.refusals`."""
    length = os.fstat(file.fileno()).st_size
    if length == 0:
        raise _RefusedError("empty_file")
    head = file.read(SNIFFED_BYTES)
    mime = magic.from_buffer(head, mime=True)
    form = form_of(mime, head)
    if form is None:
        raise _RefusedError("not_media")
    file.seek(0)
    opened = _Opened(file, length, mime, form)
    return _photo(opened) if form.reader == "pillow" else _recording(opened)


def _photo(opened: _Opened) -> Facts:
    Image.MAX_IMAGE_PIXELS = None  # the cap below is ours, and hard
    try:
        with Image.open(opened.file, formats=[opened.form.name]) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise _RefusedError("damaged") from None
    if width * height > MOST_PHOTO_PIXELS:
        raise _RefusedError("too_many_pixels")
    picture = Picture(0, opened.form.name.lower(), "", "photo", width, height, 0, False, False, False)
    return Facts("photo", opened.mime, opened.form.name, None, picture, None)


def _recording(opened: _Opened) -> Facts:
    try:
        with av.open(opened.file, format=opened.form.name, metadata_errors="ignore") as container:
            return _describe(opened, container)
    except (av.error.FFmpegError, ValueError, OSError):
        raise _RefusedError(_damage(opened)) from None


def _describe(opened: _Opened, container: Any) -> Facts:
    if len(container.streams) > MOST_STREAMS:
        raise _RefusedError("too_many_streams")
    seconds = None if container.duration is None else max(0.0, container.duration / av.time_base)
    if seconds is not None and seconds > MOST_SECONDS:
        raise _RefusedError("too_long")
    film = _first(container, "video", VIDEO_CODECS)
    voice = _first(container, "audio", AUDIO_CODECS)
    if film is None and (voice is None or _has_film(container)):
        raise _RefusedError("codec_unsupported" if len(container.streams) else "damaged")
    picture = None if film is None else _picture(opened, container, film)
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
    )


def _picture(opened: _Opened, container: Any, film: Any) -> Picture:
    """The stream as its header and first shown frame tell. Decoding that frame proves it can be played."""
    coder = film.codec_context
    if coder.width * coder.height > MOST_VIDEO_PIXELS:
        raise _RefusedError("too_many_pixels")
    coder.thread_count = 1
    coder.options = {"max_pixels": str(MOST_VIDEO_PIXELS)}
    hidden = any(entry.is_discard for entry in film.index_entries)
    frame = None
    for packet in container.demux(film):
        hidden = hidden or packet.is_discard
        frame = next(iter(packet.decode()), None)
        if frame is not None:
            break
    if frame is None:
        raise _RefusedError("damaged")
    return Picture(
        index=film.index,
        codec=_codec(film),
        profile=coder.profile or "",
        pixel_format=coder.pix_fmt or "unknown",
        width=frame.width,
        height=frame.height,
        rotation=frame.rotation % 360,
        hdr=int(coder.color_trc or 0) in _HDR_TRANSFERS or int(frame.color_trc or 0) in _HDR_TRANSFERS,
        interlaced=bool(frame.interlaced_frame) or int(coder.field_order) > _PROGRESSIVE,
        hidden_frames=hidden or several_edits(opened.file, opened.length),
    )


def _first(container: Any, kind: str, allowed: frozenset[str]) -> Any:
    """The first stream with a codec that may be opened: an iPhone puts spatial audio beside the plain one."""
    return next(
        (s for s in container.streams if s.type == kind and _codec(s) in allowed and not _is_cover(s)), None
    )


def _has_film(container: Any) -> bool:
    return any(stream.type == "video" and not _is_cover(stream) for stream in container.streams)


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _codec(stream: Any) -> str:
    coder = stream.codec_context
    return "" if coder is None else str(coder.codec.canonical_name)


def _damage(opened: _Opened) -> str:
    """Why the demuxer gave up: an MP4 or MOV without `moov` was cut off before its index came."""
    if opened.form.name != "mov":
        return "damaged"
    opened.file.seek(0)
    return "damaged" if has_index(opened.file, opened.length) else "no_index"
