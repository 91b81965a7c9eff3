"""Which formats are opened, and by which reader: what libmagic says of the first bytes decides, never a name.

The reader is then forced (`-f`, `format=`, `formats=`): a playlist named .mp4 must not be read as a playlist.
"""

from dataclasses import dataclass
from typing import Literal

Reader = Literal["av", "pillow"]

SNIFFED_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Form:
    """A format and who reads it: `av` (FFmpeg's demuxer `name`) or `pillow` (Pillow's format `name`)."""

    reader: Reader
    name: str


_MOV = Form("av", "mov")
_MATROSKA = Form("av", "matroska")
_OGG = Form("av", "ogg")
_MPEG_TS = Form("av", "mpegts")
_MPEG_PS = Form("av", "mpeg")
_CAF = Form("av", "caf")
_WAV = Form("av", "wav")
_HEIF = Form("pillow", "HEIF")

FORMS: dict[str, Form] = {
    "video/mp4": _MOV,
    "video/quicktime": _MOV,
    "video/x-m4v": _MOV,
    "video/3gpp": _MOV,
    "video/3gpp2": _MOV,
    "audio/mp4": _MOV,
    "audio/x-m4a": _MOV,
    "video/webm": _MATROSKA,
    "video/x-matroska": _MATROSKA,
    "video/x-msvideo": Form("av", "avi"),
    "video/mp2t": _MPEG_TS,
    "video/mpeg": _MPEG_PS,
    "video/mp2p": _MPEG_PS,
    "audio/mpeg": Form("av", "mp3"),
    "audio/x-wav": _WAV,
    "audio/vnd.wave": _WAV,
    "audio/flac": Form("av", "flac"),
    "audio/amr": Form("av", "amr"),
    "audio/aac": Form("av", "aac"),
    "audio/x-hx-aac-adts": Form("av", "aac"),
    "audio/ogg": _OGG,
    "video/ogg": _OGG,
    "application/ogg": _OGG,
    "image/jpeg": Form("pillow", "JPEG"),
    "image/png": Form("pillow", "PNG"),
    "image/webp": Form("pillow", "WEBP"),
    "image/gif": Form("pillow", "GIF"),
    "image/avif": Form("pillow", "AVIF"),
    "image/bmp": Form("pillow", "BMP"),
    "image/x-ms-bmp": Form("pillow", "BMP"),
    "image/tiff": Form("pillow", "TIFF"),
    "image/heic": _HEIF,
    "image/heif": _HEIF,
}

_MAKERS = frozenset({"video/x-ms-asf", "video/x-ms-wmv", "video/x-flv", "application/vnd.rn-realmedia"})
_FTYP, _BRAND = slice(4, 8), slice(8, 12)
_SEQUENCES = frozenset({b"avis", b"msf1", b"hevc", b"hevx"})
"""Brands of pictures in a row (ISO/IEC 23008-12, 10.3): films by another name."""
_TS_SYNC, _TS_PACKETS = 0x47, 5
_TS_LAYOUTS = ((0, 188), (4, 192))
"""First sync byte and length of a packet: broadcast (ISO/IEC 13818-1, 2.4.3.2), and a camcorder's disc."""


def form_of(mime: str, head: bytes) -> Form | None:
    """The form of a file whose first bytes are `head` and of which libmagic says `mime`; None: not opened.

    What libmagic does not know: a new brand is still an ISO base media file (ISO/IEC 14496-12, 4.3), and a
    transport stream has no mark but its rhythm.
    """
    if head[_FTYP] == b"ftyp" and head[_BRAND] in _SEQUENCES:
        return _MOV
    form = FORMS.get(mime.lower())
    if form is None and mime == "application/octet-stream":
        if head[_FTYP] == b"ftyp":
            return _MOV
        if head.startswith(b"caff"):
            return _CAF
        if _has_rhythm(head):
            return _MPEG_TS
    return form


def is_makers_own(mime: str, head: bytes) -> bool:
    """Whether it is a film in one maker's format: not opened here, but its owner can export it."""
    return mime.lower() in _MAKERS or head.startswith(b"DHAV")


def _has_rhythm(head: bytes) -> bool:
    return any(
        len(head) > first + length * _TS_PACKETS
        and all(head[first + length * packet] == _TS_SYNC for packet in range(_TS_PACKETS))
        for first, length in _TS_LAYOUTS
    )
