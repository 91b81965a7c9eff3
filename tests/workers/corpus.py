"""Media as phones make it, generated once per run, with canaries wherever a tag can hide."""

import struct
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import pillow_heif
from PIL import Image, ImageDraw, PngImagePlugin

pillow_heif.register_heif_opener()

CANARY = "CANARY-7f3a"
PLACE = "+37.8044-122.2712/"
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SECONDS = 3
SEI_UUID = "086f3693-b7b3-4f2c-9653-21492feee5b8"

_TAGS = (
    *("-metadata", f"title={CANARY} title", "-metadata", f"artist={CANARY} artist"),
    *("-metadata", f"comment={CANARY} comment", "-metadata", f"location={PLACE}"),
    *("-metadata", "creation_time=2024-05-06T07:08:09Z"),
    *("-metadata:s:v", f"handler_name={CANARY} handler", "-metadata:s:v", "language=fra"),
)
_BARS = ("-f", "lavfi", "-i", f"testsrc2=duration={SECONDS}:size=320x240:rate=30")
_TONE = ("-f", "lavfi", "-i", f"sine=frequency=880:duration={SECONDS}")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30")


class Corpus:
    """Files by name, made when first asked for; a test must not write to them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._make = cache(self._made)

    def __getitem__(self, name: str) -> Path:
        return self._make(name)

    def _made(self, name: str) -> Path:
        path = self._root / name
        maker: Callable[[Corpus, Path], None] = _MAKERS[name]
        maker(self, path)
        return path


def ffmpeg(*arguments: str) -> None:
    subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-y", *arguments], check=True)


def _phone(corpus: Corpus, path: Path) -> None:
    """An H.264 clip as it leaves a talkative phone: tags, place, chapters, handlers, SEI units."""
    chapters = path.with_suffix(".txt")
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=2\ntitle={CANARY} chapter\n")
    ffmpeg(
        *_BARS, *_TONE, "-i", str(chapters), "-map", "0:v", "-map", "1:a", "-map_metadata", "2", *_TAGS,
        "-map_chapters", "2", *_H264, "-bsf:v", f"h264_metadata=sei_user_data={SEI_UUID}+{CANARY}sei",
        "-c:a", "aac", "-movflags", "use_metadata_tags", str(path),
    )  # fmt: skip


def _sideways(corpus: Corpus, path: Path) -> None:
    ffmpeg("-display_rotation", "90", "-i", str(corpus["phone.mp4"]), "-c", "copy", str(path))


def _whole(corpus: Corpus, path: Path) -> None:
    ffmpeg(*_BARS, *_TONE, *_H264[:-2], "-g", "300", "-c:a", "aac", str(path))


def _trimmed(corpus: Corpus, path: Path) -> None:
    """Cut without re-encoding: an edit list hides frames that are still in the file."""
    ffmpeg("-ss", "1.4", "-i", str(corpus["whole.mp4"]), "-c", "copy", str(path))


def _cut_short(corpus: Corpus, path: Path) -> None:
    """The same at the other end: the edit list shows a tenth of a second of a long group of frames."""
    content = bytearray(corpus["whole.mp4"].read_bytes())
    edit = content.index(b"elst") + 12  # version and flags, number of entries; then the length to show
    (length,) = struct.unpack(">I", content[edit : edit + 4])
    content[edit : edit + 4] = struct.pack(">I", length // 30)
    path.write_bytes(content)


def _odd(corpus: Corpus, path: Path) -> None:
    ffmpeg(
        *_BARS, *_TAGS, "-vf", "scale=321:241", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv444p", str(path),
    )  # fmt: skip


def _silent(corpus: Corpus, path: Path) -> None:
    ffmpeg(*_BARS, *_TAGS, *_H264, str(path))


def _webm(corpus: Corpus, path: Path) -> None:
    ffmpeg(*_BARS, *_TONE, *_TAGS, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", str(path))


def _hevc(corpus: Corpus, path: Path) -> None:
    ffmpeg(
        *_BARS, *_TONE, *_TAGS, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
        "-tag:v", "hvc1", "-c:a", "aac", str(path),
    )  # fmt: skip


def _hdr(corpus: Corpus, path: Path) -> None:
    colours = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    light = (
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    )
    ffmpeg(
        *_BARS, *_TONE, *_TAGS, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
        "-x265-params", f"log-level=none:{colours}:{light}", "-color_trc", "smpte2084",
        "-color_primaries", "bt2020", "-colorspace", "bt2020nc", "-tag:v", "hvc1", "-c:a", "aac", str(path),
    )  # fmt: skip


def _voice(corpus: Corpus, path: Path) -> None:
    ffmpeg(*_TONE, "-metadata", f"title={CANARY} voice", "-c:a", "aac", str(path))


def _three_gp(corpus: Corpus, path: Path) -> None:
    ffmpeg(
        *_BARS, *_TONE, *_TAGS, "-c:v", "h263", "-s", "352x288", "-c:a", "libopencore_amrnb", "-ar", "8000",
        "-ac", "1", "-b:a", "12.2k", str(path),
    )  # fmt: skip


def _no_index(corpus: Corpus, path: Path) -> None:
    """An MP4 whose phone died before the index at its end was written."""
    content = corpus["phone.mp4"].read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _text(corpus: Corpus, path: Path) -> None:
    path.write_text("This is no film, only a name that ends in mp4.\n" * 100)


def _empty(corpus: Corpus, path: Path) -> None:
    path.write_bytes(b"")


def _endless(corpus: Corpus, path: Path) -> None:
    """Two frames, days apart: a filter that fills the gap would never end."""
    two = path.with_name("two.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=duration=0.1:size=64x64:rate=20", *_H264, str(two))
    content = bytearray(two.read_bytes())
    table = content.index(b"stts") + 12  # version and flags, number of entries; then count and distance
    content[table + 4 : table + 8] = struct.pack(">I", 0x7FFFFFFF)
    path.write_bytes(content)


def _corner() -> Image.Image:
    """A picture with a red corner at its upper left."""
    picture = Image.new("RGB", (400, 300), "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, 99, 99), fill="red")
    return picture


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: the stored upper left is the shown upper right
    exif[0x010F] = f"{CANARY} maker"
    exif[0x9286] = f"{CANARY} user comment"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 48.0, 16.0)
    return exif


def _jpeg(corpus: Corpus, path: Path) -> None:
    _corner().save(path, exif=_exif(), comment=f"{CANARY} comment".encode(), quality=95)
    with path.open("ab") as file:
        file.write(f"{CANARY} trailer".encode())


def _png(corpus: Corpus, path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", f"{CANARY} author")
    text.add_itxt("XML:com.adobe.xmp", f"<x>{CANARY} xmp</x>")
    _corner().save(path, exif=_exif(), pnginfo=text)


def _heic(corpus: Corpus, path: Path) -> None:
    """HEIF turns by a property of its own (`irot`), which the plugin writes where EXIF comes as bytes."""
    picture = _corner()
    picture.info["exif"] = _exif().tobytes()
    picture.save(path, quality=90)


def _pixel_bomb(corpus: Corpus, path: Path) -> None:
    Image.new("1", (40_000, 40_000)).save(path, compress_level=1)


_MAKERS: dict[str, Callable[[Corpus, Path], None]] = {
    "phone.mp4": _phone,
    "sideways.mp4": _sideways,
    "whole.mp4": _whole,
    "trimmed.mp4": _trimmed,
    "cut-short.mp4": _cut_short,
    "odd.mp4": _odd,
    "silent.mp4": _silent,
    "browser.webm": _webm,
    "hevc.mov": _hevc,
    "hdr.mov": _hdr,
    "voice.m4a": _voice,
    "old.3gp": _three_gp,
    "no-index.mp4": _no_index,
    "text.mp4": _text,
    "empty.mp4": _empty,
    "endless.mp4": _endless,
    "photo.jpg": _jpeg,
    "photo.png": _png,
    "photo.heic": _heic,
    "bomb.png": _pixel_bomb,
}
