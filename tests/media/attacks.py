"""Files made to exhaust whoever opens them, or to be two things at once."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

from PIL import Image

from tests.media.editing import add, body, box, place, replace
from tests.media.making import CANARY, H264, SCENE, SOUND, Becomes, Family, Files, ffmpeg, refused
from tests.media.photos import PHOTO, corner

FILES = Family()
_STREAMS = 600
_STBL = "moov/trak/mdia/minf/stbl"
_PAGE = f"<html><script>alert('{CANARY}')</script></html>".encode()


@FILES.file("plain.mp4", Becomes("remux", beeps=False))
def plain(_: Files, path: Path) -> None:
    """What the others are made of: one film, its index last."""
    ffmpeg(*SCENE, *H264, "-bf", "0", str(path))


@FILES.file("many-streams.mp4", refused("too_many_streams"))
def many_streams(files: Files, path: Path) -> None:
    content = files["plain.mp4"].read_bytes()
    start = place(content, "moov/trak")[-1]
    track = content[start : body(content, "moov/trak").stop]
    path.write_bytes(add(content, "moov", track * (_STREAMS - 1)))


@FILES.file("many-pixels.mp4", refused("too_many_pixels"))
def many_pixels(_: Files, path: Path) -> None:
    """132 megapixels a frame in some hundred kilobytes."""
    ffmpeg("-f", "lavfi", "-i", "color=size=15360x8640:rate=1:duration=1", *H264, str(path))


@FILES.file("many-samples.mp4", refused("damaged"))
def many_samples(files: Files, path: Path) -> None:
    """An index that promises two thousand million frames and has forty-five."""
    content = bytearray(files["plain.mp4"].read_bytes())
    struct.pack_into(">I", content, body(bytes(content), f"{_STBL}/stsz").start + 8, 0x7FFFFFFF)
    path.write_bytes(content)


@FILES.file("at-once.mp4", Becomes("remux", beeps=False, flash=None))
def at_once(files: Files, path: Path) -> None:
    """All frames are shown at the same moment."""
    one = struct.pack(">IIII", 0, 1, 45, 0)
    path.write_bytes(replace(files["plain.mp4"].read_bytes(), f"{_STBL}/stts", one))


@FILES.file("back-and-forth.mkv", Becomes("remux"))
def back_and_forth(_: Files, path: Path) -> None:
    """Clusters whose times overlap: the second begins before the first ends."""
    ffmpeg(
        *SCENE, *SOUND, *H264, "-g", "15", "-c:a", "aac", "-cluster_time_limit", "400", str(path),
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    at = content.index(b"\x1f\x43\xb6\x75", content.index(b"\x1f\x43\xb6\x75") + 4)
    time = content.index(b"\xe7", at)
    content[time + 2 : time + 4] = (100).to_bytes(2, "big")
    path.write_bytes(content)


@FILES.file("far-future.webm", refused("too_long"))
def far_future(_: Files, path: Path) -> None:
    """A frame that is shown in some months."""
    ffmpeg(
        *SCENE, "-c:v", "libvpx", "-deadline", "realtime", "-vf",
        "setpts='if(lt(N,40),PTS,PTS+8000000/TB)'", "-fps_mode", "passthrough", str(path),
    )  # fmt: skip


@FILES.file("deep.mp4", refused("damaged"))
def deep(_: Files, path: Path) -> None:
    """Boxes within boxes."""
    nested = b""
    for _depth in range(2000):
        nested = box("moov", nested)
    path.write_bytes(box("ftyp", b"isom", bytes(4), b"isom") + nested)


@FILES.file("squeezed-index.mov", refused("damaged"))
def squeezed_index(_: Files, path: Path) -> None:
    """A compressed index of a gigabyte (QuickTime's `cmov`)."""
    whole = 1 << 30
    squeezer = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    squeezed = b"".join(squeezer.compress(zeros) for _ in range(whole >> 20)) + squeezer.flush()
    inside = box("dcom", b"zlib") + box("cmvd", struct.pack(">I", whole), squeezed)
    path.write_bytes(box("ftyp", b"qt  ", bytes(4), b"qt  ") + box("moov", box("cmov", inside)))


@FILES.file("zip.mp4", refused("not_media"))
def zip_bomb(_: Files, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(10):
            archive.writestr(f"{number}.mp4", bytes(10_000_000))


@FILES.file("gzip.png", refused("not_media"))
def gzip_bomb(_: Files, path: Path) -> None:
    path.write_bytes(gzip.compress(bytes(100_000_000)))


@FILES.file("links.mov", refused("not_media"))
def links(_: Files, path: Path) -> None:
    """An archive of links that lead out of wherever it is unpacked."""
    with tarfile.open(path, "w") as archive:
        for target in ("/etc/passwd", "../../../../etc/shadow"):
            link = tarfile.TarInfo("clip.mp4")
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)


@FILES.file("wide-canvas.gif", refused("too_many_pixels"))
def wide_canvas(_: Files, path: Path) -> None:
    """A canvas of four thousand million pixels around a picture of one."""
    small = io.BytesIO()
    Image.new("P", (1, 1)).save(small, "GIF")
    content = bytearray(small.getvalue())
    struct.pack_into("<HH", content, 6, 0xFFFF, 0xFFFF)
    path.write_bytes(content)


@FILES.file("wide.heic", refused("too_many_pixels"))
def wide_heic(files: Files, path: Path) -> None:
    """A small picture that calls itself sixty thousand pixels wide and high."""
    corner().save(path, "HEIF", quality=50)
    content = bytearray(path.read_bytes())
    struct.pack_into(">II", content, content.index(b"ispe") + 8, 60_000, 60_000)
    path.write_bytes(content)


@FILES.file("many-scans.jpg", PHOTO)
def many_scans(_: Files, path: Path) -> None:
    """The last scan of a progressive picture two hundred times over: each is a pass over all of it."""
    whole = io.BytesIO()
    corner().save(whole, "JPEG", progressive=True, quality=95)
    content = whole.getvalue()
    last = content.rindex(b"\xff\xda")
    path.write_bytes(content[:last] + content[last:-2] * 200 + content[-2:])


@FILES.file("squeezed-text.png", refused("damaged"))
def squeezed_text(_: Files, path: Path) -> None:
    """A comment of a hundred megabytes in a hundred kilobytes."""
    small = io.BytesIO()
    corner().save(small, "PNG")
    text = b"Comment\0\0" + zlib.compress(bytes(100_000_000))
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    content = small.getvalue()
    path.write_bytes(content[:33] + chunk + content[33:])


@FILES.file("page.jpg", PHOTO)
def page_in_jpeg(_: Files, path: Path) -> None:
    """A picture, a page and an archive at once."""
    corner().save(path, comment=_PAGE, quality=95)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("run.html", _PAGE)
    with path.open("ab") as file:
        file.write(_PAGE + archive.getvalue())


@FILES.file("page.mp4", Becomes("remux", beeps=False))
def page_in_film(files: Files, path: Path) -> None:
    """A film that a browser which guesses would take for a page."""
    path.write_bytes(files["plain.mp4"].read_bytes() + box("free", _PAGE) + box("uuid", bytes(16), _PAGE))


@FILES.file("picture-and-film.gif", Becomes("still", seconds=0.0, shown=(320, 240), corner=False))
def picture_and_film(files: Files, path: Path) -> None:
    """A GIF by its first bytes, with a film behind it."""
    picture = io.BytesIO()
    Image.new("P", (320, 240), 1).save(picture, "GIF", comment=_PAGE)
    path.write_bytes(picture.getvalue() + files["plain.mp4"].read_bytes())
