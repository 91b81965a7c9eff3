"""What a photo tells beside its pixels: EXIF, XMP, IPTC, comments, profiles, thumbnails, and what lies behind
its end.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms, IptcImagePlugin
from PIL.ImageFile import ImageFile

from workers.traces import xmp
from workers.traces.found import Clock, Trace
from workers.traces.words import kind_of

_EXIF, _GPS, _MAKER_NOTE, _THUMBNAIL = 0x8769, 0x8825, 0x927C, 0x0201
_TAKEN, _OFFSET = 0x9003, 0x9011
_XMP_TAG, _PADDING = 0x02BC, {0xEA1C, 0xEA1D}
_XMP_KEYS = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
_SKIPPED_INFO = frozenset(
    {"exif", "icc_profile", "photoshop", "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "gamma"}
    | {
        "adobe",
        "adobe_transform",
        "progressive",
        "progression",
        "interlace",
        "transparency",
        "duration",
        "loop",
    }
    | {"background", "version", "extension", "srgb", "chromaticity", "primary", "bit_depth", "thumbnails"}
    | {"depth_images", "aux", "heif", "mp", "mpoffset", "timestamp", "default_image", "blend", "disposal"}
    | {"metadata", "original_orientation", "nclx_profile", "flipped", "chroma", *_XMP_KEYS}
)
_PLAIN_PROFILES = re.compile(r"srgb|display p3|adobe rgb|gray|dot gain|uncalibrated|c2$", re.IGNORECASE)
_IPTC_NAMES = {
    (2, 55): "date", (2, 60): "time", (2, 80): "by-line", (2, 90): "city", (2, 92): "sublocation",
    (2, 95): "province", (2, 101): "country", (2, 65): "program", (2, 120): "caption", (2, 5): "title",
    (2, 116): "copyright", (2, 25): "keywords", (2, 110): "credit",
}  # fmt: skip
_END, _SCAN = 0xD9, 0xDA
_TRAILER_SHOWN = 1 << 16


def traces_in(image: ImageFile, file: BinaryIO, length: int) -> Iterator[Trace]:
    """All that a photo tells, of an image whose pixels nobody has decoded."""
    yield from _exif(image)
    for key in _XMP_KEYS:
        if packet := image.info.get(key):
            yield from xmp.traces_in(packet if isinstance(packet, bytes) else str(packet).encode())
    yield from _press(image)
    for name, value in image.info.items():
        told = isinstance(value, str | bytes) and str(name) not in _SKIPPED_INFO
        if told and (kind := kind_of(str(name), _text(value))):
            yield Trace.of(kind, f"{image.format} {name}", _text(value))
    yield from _profile(image)
    yield from _more_pictures(image)
    if image.format in ("JPEG", "MPO"):
        yield from _behind_the_end(file, length)


def clock_of(image: Image.Image) -> Clock | None:
    """When the camera says it was taken (EXIF 2.32, 4.6.5): with a zone only by a tag that is rare."""
    own = image.getexif().get_ifd(_EXIF)
    taken = re.fullmatch(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)", str(own.get(_TAKEN, "")).strip("\0 "))
    if taken is None:
        return None
    zone = re.fullmatch(r"[+-]\d\d:\d\d", str(own.get(_OFFSET, "")).strip("\0 "))
    return Clock(
        f"{taken[1]}-{taken[2]}-{taken[3]}T{taken[4]}{zone[0] if zone else '+00:00'}", zone is not None
    )


def _exif(image: Image.Image) -> Iterator[Trace]:
    exif = image.getexif()
    for group in (exif, exif.get_ifd(_EXIF)):
        for tag, value in group.items():
            name = ExifTags.TAGS.get(tag, f"tag {tag:#06x}")
            if tag == _MAKER_NOTE:
                yield Trace.of("device", "EXIF MakerNote", f"{len(value)} bytes: {_readable(value)}")
            elif tag not in _PADDING | {_XMP_TAG} and (kind := kind_of(name, _text(value))):
                yield Trace.of(kind, f"EXIF {name}", _text(value))
    for tag, value in exif.get_ifd(_GPS).items():
        yield Trace.of("place", f"EXIF {ExifTags.GPSTAGS.get(tag, tag)}", _text(value))
    if _THUMBNAIL in exif.get_ifd(ExifTags.IFD.IFD1):
        yield Trace.of(
            "hidden footage", "EXIF thumbnail", "a small picture, which may show what was cut away"
        )


def _press(image: ImageFile) -> Iterator[Trace]:
    try:
        fields = IptcImagePlugin.getiptcinfo(image) or {}
    except (SyntaxError, OSError, ValueError, TypeError):
        return
    for number, value in fields.items():
        name = _IPTC_NAMES.get(number)
        if name and (kind := kind_of(name, _text(value))):
            yield Trace.of(kind, f"IPTC {name}", _text(value))


def _profile(image: Image.Image) -> Iterator[Trace]:
    raw = image.info.get("icc_profile")
    if not raw:
        return
    try:
        named = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(raw))).strip()
    except (ImageCms.PyCMSError, OSError):
        named = "a profile that cannot be read"
    if not _PLAIN_PROFILES.search(named):
        yield Trace.of("device", "colour profile", named)


def _more_pictures(image: Image.Image) -> Iterator[Trace]:
    for key, what in (
        ("thumbnails", "thumbnails"),
        ("depth_images", "maps of depth"),
        ("aux", "further layers"),
    ):
        if image.info.get(key):
            yield Trace.of("hidden footage", str(image.format), f"{what} beside the picture")
    frames = getattr(image, "n_frames", 1)
    if image.format in ("HEIF", "MPO") and frames > 1:
        yield Trace.of("hidden footage", str(image.format), f"{frames - 1} more pictures")


def _behind_the_end(file: BinaryIO, length: int) -> Iterator[Trace]:
    file.seek(0)
    data = file.read(min(length, 256 << 20))
    end = _end_of_picture(data)
    rest = data[end:]
    if not rest.strip(b"\0"):
        return
    if b"ftyp" in rest[:4096] or re.search(rb"....ftyp(mp4|isom|qt|heic)", rest):
        yield Trace.of("hidden footage", "behind the photo", f"a film, within {len(rest)} bytes")
    elif rest[:64].find(b"\xff\xd8\xff") >= 0:
        yield Trace.of("hidden footage", "behind the photo", f"another picture, within {len(rest)} bytes")
    else:
        shown = rest[:_TRAILER_SHOWN]
        yield Trace.of("device", "behind the photo", f"{len(rest)} bytes: {_readable(shown)}")


def _end_of_picture(data: bytes) -> int:
    """The offset behind a JPEG's end marker; the file's length where there is none."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == _END:
            return at + 2
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _SCAN:
            found = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, at)
            at = found.start() if found else len(data)
    return len(data)


def _readable(body: bytes) -> str:
    return " ".join(part.decode("ascii") for part in re.findall(rb"[\x20-\x7e]{4,}", body[:_TRAILER_SHOWN]))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        text = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0").decode("utf-8", "replace")
        return text if text.strip("\0").isprintable() else _readable(value) or value[:32].hex()
    if isinstance(value, list | tuple):
        return " ".join(_text(one) for one in value[:64])
    return str(value)
