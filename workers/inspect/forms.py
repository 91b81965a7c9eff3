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
    "video/mp2t": Form("av", "mpegts"),
    "audio/mpeg": Form("av", "mp3"),
    "audio/x-wav": Form("av", "wav"),
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
    "image/heic": _HEIF,
    "image/heif": _HEIF,
}

_FTYP = slice(4, 8)


def form_of(mime: str, head: bytes) -> Form | None:
    """The form of a file whose first bytes are `head` and of which libmagic says `mime`; None: not opened.

    A brand that libmagic has not met yet is still an ISO base media file (ISO/IEC 14496-12, 4.3).
    """
    form = FORMS.get(mime.lower())
    if form is None and mime == "application/octet-stream" and head[_FTYP] == b"ftyp":
        return _MOV
    return form
