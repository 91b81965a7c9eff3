"""A JPEG carries pixels and nothing else, wherever else something could stand."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.workers.strip.conftest import Judge
from workers.strip import jpeg
from workers.strip.unclean import UncleanError


def drawn(**how: object) -> bytes:
    out = io.BytesIO()
    Image.effect_mandelbrot((160, 120), (-2, -1.5, 1, 1.5), 60).convert("RGB").save(out, "JPEG", **how)
    return out.getvalue()


PICTURE, RESTARTED = drawn(), drawn(restart_marker_rows=1)
SCAN = PICTURE.index(b"\xff\xda")
SCANNED = SCAN + 2 + struct.unpack_from(">H", PICTURE, SCAN + 2)[0]
TABLES = [
    at for at in range(len(PICTURE) - 1) if PICTURE[at : at + 2] in (b"\xff\xdb", b"\xff\xc4", b"\xff\xc0")
]


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def inside(at: int, extra: bytes) -> bytes:
    """A segment that is longer than what stands in it."""
    (length,) = struct.unpack_from(">H", PICTURE, at + 2)
    return (
        PICTURE[: at + 2] + struct.pack(">H", length + len(extra)) + PICTURE[at + 4 : at + 2 + length]
        + extra + PICTURE[at + 2 + length :]
    )  # fmt: skip


def thumbnail(words: bytes) -> bytes:
    body = PICTURE[6:18] + bytes([1, len(words) // 3 or 1]) + words
    return PICTURE[:2] + segment(0xE0, body) + PICTURE[20:]


Planting = Callable[[bytes], bytes]
FOREIGN = (0xFE, *range(0xE1, 0xF0), 0xC3, 0xC8, 0xCC, 0xDC, 0xDE, 0xDF, 0xF7, 0x01)


def between(at: int, marker: int) -> Planting:
    return lambda words: PICTURE[:at] + segment(marker, words) + PICTURE[at:]


def within(at: int) -> Planting:
    return lambda words: inside(at, words)


PLACES: dict[str, Planting] = {
    **{f"segment {marker:02x} first": between(2, marker) for marker in FOREIGN},
    **{f"segment {marker:02x} late": between(SCAN, marker) for marker in FOREIGN},
    **{f"inside of the segment at {at}": within(at) for at in (*TABLES, SCAN)},
    "behind the end": lambda x: PICTURE + x,
    "a picture behind the end": lambda x: PICTURE + PICTURE + x,
    "before the beginning": lambda x: x + PICTURE,
    "between segments": lambda x: PICTURE[:TABLES[0]] + x + PICTURE[TABLES[0]:],
    "between segments, as filling": lambda x: PICTURE[:TABLES[0]] + b"\xff" * len(x) + PICTURE[TABLES[0]:],
    "behind the header's words": lambda x: PICTURE[:2] + segment(0xE0, PICTURE[6:20] + x) + PICTURE[20:],
    "a thumbnail": thumbnail,
    "another header": lambda x: PICTURE[:20] + segment(0xE0, b"JFXX\0" + x) + PICTURE[20:],
    "a comment among the coded pixels": lambda x: PICTURE[:SCANNED] + segment(0xFE, x) + PICTURE[SCANNED:],
    "a restart that was not announced": lambda x: PICTURE[:SCANNED] + b"\xff\xd0" + PICTURE[SCANNED:],
    "another picture's frame": lambda x: PICTURE[:SCAN] + PICTURE[TABLES[2]:SCAN] + x + PICTURE[SCAN:],
}  # fmt: skip


@settings(max_examples=200)
@given(place=st.sampled_from(sorted(PLACES)), words=st.binary(max_size=60).map(lambda words: b"!" + words))
def test_whatever_is_planted_is_found(judge: Judge, place: str, words: bytes) -> None:
    assert judge.refuses(jpeg.prove_clean, PLACES[place](words))


@pytest.mark.parametrize("place", PLACES)
def test_a_canary_is_found(judge: Judge, place: str) -> None:
    assert judge.refuses(jpeg.prove_clean, PLACES[place](b"CANARY-7f3a"))


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"optimize": True}])
def test_a_bare_jpeg_is_clean(judge: Judge, how: dict[str, object]) -> None:
    assert not judge.refuses(jpeg.prove_clean, drawn(**how))


def test_restarts_out_of_order_are_refused(judge: Judge) -> None:
    at = RESTARTED.index(b"\xff\xd1", RESTARTED.index(b"\xff\xda"))
    assert judge.refuses(jpeg.prove_clean, RESTARTED[: at + 1] + b"\xd5" + RESTARTED[at + 2 :])


@settings(max_examples=200)
@given(at=st.integers(0, SCAN), new=st.integers(0, 255), end=st.integers(0, len(PICTURE)))
def test_a_broken_jpeg_raises_nothing_else(judge: Judge, at: int, new: int, end: int) -> None:
    judge.refuses(jpeg.prove_clean, (PICTURE[:at] + bytes([new]) + PICTURE[at + 1 :])[:end])


@pytest.mark.parametrize("broken", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\x00\x02abc", b"\x89PNG"])
def test_half_a_jpeg_is_refused(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "half.jpg"
    path.write_bytes(broken)
    with pytest.raises(UncleanError):
        jpeg.prove_clean(path)
