"""HEVC as newer phones write it: 8 and 10 bits, HDR10, HLG, and Dolby Vision over either.

The lower right quarter of an HDR scene is the 18 % grey card of ITU-R BT.2408, table 1: 38 % of the signal.
"""

import struct
from pathlib import Path

from tests.media.editing import add, box
from tests.media.making import SCENE, SOUND, TAGS, TRANSCODED, X265, Family, Files, ffmpeg, refused

FILES = Family()
_GREY = 64 + round(876 * 0.38)
_CARD = "gte(X,W*3/4)*gte(Y,H*3/4)"
_HDR_SCENE = (
    f"scale=out_color_matrix=bt2020,format=yuv420p10le,geq=lum='if({_CARD},{_GREY},lum(X,Y))'"
    f":cb='if({_CARD},512,cb(X,Y))':cr='if({_CARD},512,cr(X,Y))'"
)
_LIGHT = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
)
_DOLBY_UNIT = bytes([62 << 1, 1]) + b"\x19CANARY-7f3a rpu" + bytes([0x80])
"""A unit of type 62, in which Dolby Vision carries its own metadata."""


def _hdr(transfer: str, more: str = "") -> tuple[str, ...]:
    colours = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    return (
        *SCENE, *SOUND, *TAGS, "-vf", _HDR_SCENE, *X265, "-x265-params", f"log-level=none:{colours}{more}",
        "-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc", "-c:a", "aac",
    )  # fmt: skip


FILES.films(
    {
        "hevc.mov": (
            TRANSCODED,
            (*SCENE, *SOUND, *TAGS, *X265, "-pix_fmt", "yuv420p", "-x265-params", "log-level=none", "-c:a",
             "aac"),
        ),
        "hevc10.mp4": (
            TRANSCODED,
            (*SCENE, *SOUND, *X265, "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none", "-c:a",
             "aac"),
        ),
        "hdr.mov": (TRANSCODED, _hdr("smpte2084", f":{_LIGHT}")),
        "hlg.mov": (TRANSCODED, _hdr("arib-std-b67")),
    }
)  # fmt: skip


@FILES.file("dolby-vision.mov", TRANSCODED)
def dolby_vision(files: Files, path: Path) -> None:
    """Profile 8.4 as iPhones record it: HLG for everybody, and a layer of metadata beside it."""
    stream, marked = path.with_suffix(".hevc"), path.with_suffix(".marked.hevc")
    ffmpeg("-i", str(files["hlg.mov"]), "-c", "copy", "-bsf:v", "hevc_mp4toannexb", "-an", str(stream))
    units = stream.read_bytes().split(b"\0\0\0\1")
    marked.write_bytes(b"\0\0\0\1".join(part for unit in units for part in _with_dolby(unit)))
    ffmpeg(
        "-f", "hevc", "-r", "30", "-i", str(marked), "-i", str(files["hlg.mov"]), "-map", "0:v", "-map",
        "1:a",
        "-c", "copy", "-tag:v", "hvc1", str(path),
    )  # fmt: skip
    path.write_bytes(_configured(path, profile=8, compatible=4))


@FILES.file("dolby-vision-5.mp4", refused("colours_unknown"))
def dolby_vision_alone(files: Files, path: Path) -> None:
    """Profile 5 has colours that only Dolby's own players know."""
    path.write_bytes(_configured(files["hevc10.mp4"], profile=5, compatible=0))


def _with_dolby(unit: bytes) -> list[bytes]:
    """A picture is followed by its metadata; parameter sets and SEI (types of 32 and more) by nothing."""
    picture = bool(unit) and unit[0] >> 1 < 32
    return [unit, _DOLBY_UNIT] if picture else [unit]


def _configured(source: Path, profile: int, compatible: int) -> bytes:
    """The file with Dolby's configuration box: version 1.0, profile, level 4, metadata and base layer."""
    flags = (profile << 9) | (4 << 3) | 0b101
    record = struct.pack(">BBHB", 1, 0, flags, compatible << 4).ljust(24, b"\0")
    kind = "dvvC" if profile > 7 else "dvcC"
    return add(source.read_bytes(), "moov/trak/mdia/minf/stbl/stsd/hvc1", box(kind, record))
