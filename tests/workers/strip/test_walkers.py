"""The allowlists refuse what is not on them, wherever it hides."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.media.corpus import Corpus
from workers.strip import movie
from workers.strip.boxes import BoxError, walk
from workers.strip.unclean import UncleanError


@pytest.mark.parametrize(
    "name", ["phone.mp4", "trimmed.mp4", "hdr.mov", "voice.m4a", "old.3gp", "browser.webm"]
)
def test_what_comes_from_outside_is_never_clean(corpus: Corpus, name: str) -> None:
    with pytest.raises(UncleanError):
        movie.prove_clean(corpus[name])


@pytest.mark.parametrize(
    "extra",
    [
        struct.pack(">I4s", 14, b"free") + b"secret",
        struct.pack(">I4s", 14, b"uuid") + b"secret",
        struct.pack(">I4s", 8, b"meta"),
        b"stray",
    ],
)
def test_a_box_more_is_refused(clean: bytes, tmp_path: Path, extra: bytes) -> None:
    path = tmp_path / "copy.mp4"
    path.write_bytes(clean + extra)
    with pytest.raises(UncleanError):
        movie.prove_clean(path)


@pytest.mark.parametrize(
    ("place", "offset"),
    [(b"mvhd", 8), (b"tkhd", 11), (b"mdhd", 8), (b"mdhd", 25), (b"hdlr", 17), (b"udta", 30), (b"avc1", 60)],
)
def test_a_date_a_language_a_name_or_a_tag_is_refused(
    clean: bytes, tmp_path: Path, place: bytes, offset: int
) -> None:
    content = bytearray(clean)
    content[content.index(place, content.index(b"moov")) + offset] ^= 0x41
    path = tmp_path / "copy.mp4"
    path.write_bytes(content)
    with pytest.raises(UncleanError):
        movie.prove_clean(path)


def test_nothing_hides_in_a_box_that_says_it_goes_to_the_end(clean: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hiding.mp4"
    path.write_bytes(bytes(4) + clean[4:])
    with pytest.raises(UncleanError):
        movie.prove_clean(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_broken_file_raises_nothing_else(clean: bytes, tmp_path: Path, data: st.DataObject) -> None:
    header = clean.index(b"mdat")
    content = bytearray(clean[: header + 8])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(UncleanError):
        movie.prove_clean(path)


def test_boxes_without_end_end(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    content = b""
    for _ in range(200):
        content = struct.pack(">I4s", len(content) + 8, b"moov") + content
    path.write_bytes(content)
    with path.open("rb") as file, pytest.raises(BoxError):
        list(walk(file, len(content)))
