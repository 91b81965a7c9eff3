"""Clips with a canary wherever a film can carry one; three seconds long."""

import struct
from pathlib import Path

from tests.media.editing import add, body, box
from tests.media.making import CANARY, H264, PLACE, TAGS, Becomes, Family, Files, ffmpeg, scene, sound

FILES = Family()
SECONDS = 3
SEI_UUID = "086f3693-b7b3-4f2c-9653-21492feee5b8"
_SCENE, _SOUND = scene(seconds=SECONDS), sound(seconds=SECONDS)
_PHONE = Becomes("remux", seconds=SECONDS, left_out=("data:unknown",))


@FILES.file("phone.mp4", _PHONE)
def phone(_: Files, path: Path) -> None:
    """An H.264 clip as it leaves a talkative phone: tags, place, chapters, handlers, SEI units."""
    chapters = path.with_suffix(".txt")
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=2\ntitle={CANARY} chapter\n")
    ffmpeg(
        *_SCENE, *_SOUND, "-i", str(chapters), "-map", "0:v", "-map", "1:a", "-map_metadata", "2", *TAGS,
        "-map_chapters", "2", *H264, "-bsf:v", f"h264_metadata=sei_user_data={SEI_UUID}+{CANARY}sei",
        "-c:a", "aac", "-movflags", "use_metadata_tags", str(path),
    )  # fmt: skip


@FILES.file("gossip.mov", _PHONE)
def gossip(files: Files, path: Path) -> None:
    """The same as a MOV, with what ffmpeg does not write: free space, XMP, a coder's name."""
    ffmpeg("-i", str(files["phone.mp4"]), "-map", "0:v", "-map", "0:a", "-c", "copy", *TAGS, str(path))
    content = bytearray(path.read_bytes())
    name = body(bytes(content), "moov/trak/mdia/minf/stbl/stsd/avc1").start + 42
    content[name : name + 32] = bytes([len(CANARY)]) + CANARY.encode().ljust(31, b"\0")
    whole = add(bytes(content), "moov", box("udta", _place_of_apple(), _loci()))
    whole = add(whole, "moov/trak", box("udta", box("name", f"{CANARY} track".encode())))
    xmp = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + f"<x:xmpmeta>{CANARY} xmp</x:xmpmeta>".encode()
    path.write_bytes(
        whole + box("free", f"{CANARY} free".encode()) + box("uuid", xmp) + box("skip", CANARY.encode())
    )


@FILES.file("film.mkv", Becomes("remux", seconds=SECONDS, left_out=("attachment:unknown",)))
def matroska(files: Files, path: Path) -> None:
    """A Matroska film with tags, chapters and an attached file."""
    attached = path.with_suffix(".bin")
    attached.write_text(f"{CANARY} attachment")
    ffmpeg(
        "-i", str(files["phone.mp4"]), "-map", "0:v", "-map", "0:a", "-c", "copy", *TAGS,
        "-attach", str(attached), "-metadata:s:t", "mimetype=application/octet-stream", str(path),
    )  # fmt: skip


def _place_of_apple() -> bytes:
    text = PLACE.encode()
    return box("\xa9xyz", struct.pack(">HH", len(text), 0x15C7), text)


def _loci() -> bytes:
    """Location information of 3GPP TS 26.244, 8.10."""
    return box("loci", bytes(4), b"\x15\xc7", f"{CANARY} place".encode(), b"\0", bytes(13), b"\0\0")
