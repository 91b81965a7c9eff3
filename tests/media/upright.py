"""Photos in every EXIF orientation, and in every colour that Pillow tells apart."""

import struct
import zlib
from pathlib import Path

from PIL import Image, ImageCms

from tests.media.making import Becomes, Family, Files, Maker
from tests.media.photos import PHOTO, SIZE, corner, talkative_exif

FILES = Family()
_BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What makes a picture need each orientation (EXIF 2.32, 4.6.4 A): the turn that it undoes."""


def _oriented(orientation: int) -> Maker:
    def make(_: Files, path: Path) -> None:
        turn = _BACK.get(orientation)
        stored = corner() if turn is None else corner().transpose(turn)
        stored.save(path, exif=talkative_exif(orientation), quality=95)

    return make


for _orientation in range(1, 9):
    FILES.file(f"orientation-{_orientation}.jpg", PHOTO)(_oriented(_orientation))

_GREY = Becomes("still", seconds=0.0, shown=SIZE, corner=False)


@FILES.file("progressive.jpg", PHOTO)
def progressive(_: Files, path: Path) -> None:
    corner().save(path, progressive=True, quality=95)


@FILES.file("cmyk.jpg", PHOTO)
def cmyk(_: Files, path: Path) -> None:
    corner("CMYK").save(path, quality=95)


@FILES.file("grey.jpg", _GREY)
def grey(_: Files, path: Path) -> None:
    corner("L").save(path, quality=95)


@FILES.file("wide-gamut.jpg", PHOTO)
def wide_gamut(_: Files, path: Path) -> None:
    """Numbers that mean other colours than sRGB's: red and blue change places in the profile."""
    red, green, blue = corner().split()
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    table = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * 20, 12)}
    first, last = table[b"rXYZ"], table[b"bXYZ"]
    profile[first : first + 4], profile[last : last + 4] = (
        profile[last : last + 4],
        profile[first : first + 4],
    )
    swapped = Image.merge("RGB", (blue, green, red))
    swapped.save(path, icc_profile=bytes(profile), quality=95)


@FILES.file("deep-grey.png", _GREY)
def deep_grey(_: Files, path: Path) -> None:
    """Sixteen bits of grey: a careless reader takes all but the darkest for white."""
    rows = corner("L").tobytes()
    deep = b"".join(struct.pack("<H", value << 8) for value in rows)
    Image.frombytes("I;16", SIZE, deep).save(path)


@FILES.file("deep.png", PHOTO)
def deep(_: Files, path: Path) -> None:
    """Sixteen bits of each colour, which Pillow reads but does not write (PNG, 11.2)."""
    width, height = SIZE
    pixels = corner().tobytes()
    lines = (pixels[row * width * 3 : (row + 1) * width * 3] for row in range(height))
    raw = b"".join(b"\0" + b"".join(bytes([value, value]) for value in line) for line in lines)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks))


@FILES.file("see-through.png", PHOTO)
def see_through(_: Files, path: Path) -> None:
    """Half of it shows the page behind."""
    picture = corner("RGBA")
    picture.paste((0, 0, 0, 0), (200, 0, 400, 300))
    picture.save(path)


@FILES.file("palette.png", PHOTO)
def palette(_: Files, path: Path) -> None:
    corner("P").save(path)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
