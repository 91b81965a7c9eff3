"""What a file tells is found, wherever it stands, and told by its kind."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from evidence.traces.kinds import Kind
from tests.media.corpus import Corpus
from tests.media.making import CANARY, ffmpeg
from tests.workers.strip.surgery import box, plant, plant_unit
from tests.workers.traces.conftest import Look
from workers.traces.found import Found, Trace

pillow_heif.register_heif_opener()


def said(found: Found, words: str) -> set[Kind]:
    """The kinds under which something stands."""
    return {trace.kind for trace in found.traces if words in trace.value}


def kinds(found: Found) -> set[Kind]:
    return {trace.kind for trace in found.traces}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phone.mp4", {"place", "time", "software", "person"}),
        ("hdr.mov", {"place", "time", "software", "person"}),
        ("browser.webm", {"place", "time", "software", "person"}),
        ("old.3gp", {"place", "time", "software", "person"}),
        ("voice.m4a", {"software", "person"}),
        ("photo.jpg", {"place", "device", "time", "person"}),
        ("photo.png", {"place", "device", "time", "person"}),
        ("photo.heic", {"place", "device", "time", "person"}),
        ("animated.webp", {"device", "person"}),
    ],
)
def test_each_kind_of_file_is_read(corpus: Corpus, look: Look, name: str, expected: set[Kind]) -> None:
    found = look(corpus[name])
    assert kinds(found) == expected
    assert any(CANARY in trace.value for trace in found.traces)


def test_what_a_phone_wrote_is_found_by_kind(corpus: Corpus, look: Look) -> None:
    found = look(corpus["phone.mp4"])
    assert said(found, "+37.8044") == {"place"}
    assert said(found, "2024-05-06") == {"time"}
    assert said(found, f"{CANARY} artist") == {"person"}
    assert said(found, f"{CANARY} chapter") == {"person"}
    assert said(found, f"{CANARY}sei") != set()
    assert found.clock is not None
    assert found.clock.said == "2024-05-06T07:08:09+00:00"


BARE_FILM = (
    "-f", "lavfi", "-i", "testsrc2=duration=1:size=160x120:rate=30", "-c:v", "libx264", "-bsf:v",
    "filter_units=remove_types=6", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart",
)  # fmt: skip


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bare") / "bare.mp4"
    ffmpeg(*BARE_FILM, str(path))
    return path.read_bytes()


def sei(words: bytes) -> bytes:
    return b"\x06\x05" + bytes([len(words) + 16]) + bytes(range(16)) + words + b"\x80"


def metadata(key: bytes, value: bytes) -> bytes:
    """QuickTime's metadata: a list of keys, and values by number."""
    keys = box("keys", struct.pack(">II", 0, 1) + struct.pack(">I", len(key) + 8) + b"mdta" + key)
    data = box("data", struct.pack(">II", 1, 0) + value)
    handler = box("hdlr", bytes(8) + b"mdta" + bytes(13))
    return box("meta", handler + keys + box("ilst", box("\0\0\0\1", data)))


def with_box(path: str, kind: str, body: bytes) -> Callable[[bytes], bytes]:
    return lambda content: plant(content, path, box(kind, body))


XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + (
    b"<x:xmpmeta><dc:creator>CANARY</dc:creator></x:xmpmeta>"
)
PLACE = box("\xa9xyz", b"\0\x12\x15\xc7+37.8044-122.2712/")
MODEL = metadata(b"com.apple.quicktime.model", b"CANARY 15")
PLANTED: dict[str, tuple[Callable[[bytes], bytes], str, set[Kind]]] = {
    "free space": (with_box("", "free", b"CANARY words"), "CANARY", {"software"}),
    "a box of a maker's own": (with_box("", "uuid", bytes(16) + b"CANARY 1"), "CANARY", {"software"}),
    "a box nobody knows": (with_box("moov", "zzzz", b"CANARY"), "CANARY", {"person"}),
    "a place by QuickTime": (with_box("moov", "udta", PLACE), "+37.8044", {"place"}),
    "a model by QuickTime": (lambda content: plant(content, "moov", MODEL), "CANARY 15", {"device"}),
    "XMP": (with_box("", "uuid", XMP), "CANARY", {"person"}),
    "SEI": (lambda content: plant_unit(content, sei(b"CANARY 12345"), first=True), "CANARY", {"person"}),
    "the film of a motion photo": (with_box("", "mpvd", b"CANARY"), "a film", {"hidden footage"}),
}


@pytest.mark.parametrize("place", PLANTED)
def test_what_demuxers_pass_over_is_found(bare: bytes, look: Look, tmp_path: Path, place: str) -> None:
    planted, words, expected = PLANTED[place]
    path = tmp_path / "film.mp4"
    path.write_bytes(planted(bare))
    assert said(look(path), words) == expected


def test_a_bare_film_tells_of_nothing_but_its_coder(bare: bytes, look: Look, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bare)
    found = look(path)
    assert kinds(found) <= {"software"}
    assert found.clues == ("no_tags",)
    assert found.clock is None


def photo(**how: object) -> bytes:
    out = io.BytesIO()
    Image.effect_mandelbrot((160, 120), (-2, -1.5, 1, 1.5), 60).convert("RGB").save(out, "JPEG", **how)
    return out.getvalue()


def test_a_motion_photo_s_film_is_hidden_footage(bare: bytes, look: Look, tmp_path: Path) -> None:
    path = tmp_path / "motion.jpg"
    path.write_bytes(photo() + bare)
    assert kinds(look(path)) == {"hidden footage"}
    path.write_bytes(photo() + photo())
    assert kinds(look(path)) == {"hidden footage"}


def test_the_clock_of_a_photo_may_know_its_zone(look: Look, tmp_path: Path) -> None:
    path, exif = tmp_path / "photo.jpg", Image.Exif()
    own = exif.get_ifd(0x8769)
    own[0x9003], own[0x927C] = "2026:05:06 07:08:09", b"CANARY maker's note"
    path.write_bytes(photo(exif=exif))
    found = look(path)
    assert found.clock is not None
    assert (found.clock.said, found.clock.zoned) == ("2026-05-06T07:08:09+00:00", False)
    assert said(found, "CANARY") == {"device"}
    own[0x9011] = "-05:00"
    path.write_bytes(photo(exif=exif))
    assert look(path).clock is not None
    assert look(path).clock.said == "2026-05-06T07:08:09-05:00"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "clue"),
    [
        ("title=ReplayKitRecording", "screen_recorder"),
        ("comment=vid:v0f044gc0000clk", "tiktok"),
        ("comment=WhatsApp Video", "whatsapp"),
        ("comment=Adobe Premiere Pro", "editor"),
    ],
)
def test_programs_give_themselves_away(look: Look, tmp_path: Path, name: str, clue: str) -> None:
    path = tmp_path / "film.mp4"
    ffmpeg(*BARE_FILM[:-2], "-metadata", name, str(path))
    assert clue in look(path).clues


def test_what_cannot_cross_is_cut_and_cleaned() -> None:
    trace = Trace.of("person", "x" * 500, b"\0\x1b[31m<script>\xff" + b"y" * 5000)
    found = Found((trace,), (), None, manifest=False)
    assert Found.from_json(found.to_json()) == found
    assert "\x1b" not in trace.value
