"""What is no recording, or no longer one."""

import struct
from pathlib import Path

import av
from PIL import Image

from tests.media.making import H264, SCENE, SOUND, Becomes, Family, Files, ffmpeg, refused

FILES = Family()


@FILES.file("no-index.mp4", refused("no_index"))
def no_index(_: Files, path: Path) -> None:
    """An MP4 whose phone died before the index at its end was written."""
    whole = path.with_name("whole.mp4")
    ffmpeg(*SCENE, *SOUND, *H264, "-c:a", "aac", str(whole))
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@FILES.file("text.mp4", refused("not_media"))
def text(_: Files, path: Path) -> None:
    path.write_text("This is no film, only a name that ends in mp4.\n" * 100)


@FILES.file("empty.mp4", refused("empty_file"))
def empty(_: Files, path: Path) -> None:
    path.write_bytes(b"")


@FILES.file(
    "endless.mp4", Becomes("transcode", seconds=0.1, shown=(64, 64), flash=None, beeps=False, corner=False)
)
def endless(_: Files, path: Path) -> None:
    """Two frames, days apart: a filter that fills the gap would never end."""
    two = path.with_name("two.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=duration=0.1:size=64x64:rate=20", *H264, str(two))
    content = bytearray(two.read_bytes())
    table = content.index(b"stts") + 12  # version and flags, number of entries; then count and distance
    content[table + 4 : table + 8] = struct.pack(">I", 0x7FFFFFFF)
    path.write_bytes(content)


@FILES.file("bomb.png", refused("too_many_pixels"))
def pixel_bomb(_: Files, path: Path) -> None:
    Image.new("1", (40_000, 40_000)).save(path, compress_level=1)


@FILES.file("cut-off.webm", Becomes("transcode", seconds=1.2, cut_off=True))
def cut_off(_: Files, path: Path) -> None:
    """A browser's recording that ends in the middle plays as far as it goes."""
    whole = path.with_name("whole.webm")
    ffmpeg(*SCENE, *SOUND, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", str(whole))
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 4 // 5])


@FILES.file("cut-off.jpg", refused("damaged"))
def half_a_photo(_: Files, path: Path) -> None:
    Image.effect_noise((400, 300), 80).save(path, format="JPEG")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@FILES.file("cut-off.mp4", Becomes("remux", seconds=1.1, cut_off=True))
def cut_off_film(_: Files, path: Path) -> None:
    """A film whose index came first, and whose last third never did."""
    whole = path.with_name("whole.mp4")
    ffmpeg(*SCENE, *SOUND, *H264, "-g", "5", "-c:a", "aac", "-movflags", "+faststart", str(whole))
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])


@FILES.file("with-a-tail.mp4", Becomes("remux"))
def with_a_tail(_: Files, path: Path) -> None:
    """A film with the rest of a disk's block behind it."""
    ffmpeg(*SCENE, *SOUND, *H264, "-c:a", "aac", str(path))
    with path.open("ab") as file:
        file.write(bytes(3) + b"\xaa" * 1000)


@FILES.file("broken-sound.mp4", Becomes("remux", beeps=False))
def broken_sound(_: Files, path: Path) -> None:
    """A film of which the picture is whole and hardly any sound can be decoded."""
    ffmpeg(*SCENE, *SOUND, *H264, "-c:a", "aac", str(path))
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        for packet in list(container.demux(audio=0))[2:]:
            if packet.pos is not None and packet.size:
                content[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    path.write_bytes(content)
