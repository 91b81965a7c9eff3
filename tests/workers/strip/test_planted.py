"""Whatever is planted in a copy, and wherever, the proof finds it: each place by itself, with any bytes."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workers.strip.conftest import Judge
from tests.workers.strip.surgery import (
    box,
    find,
    plant,
    plant_gap,
    plant_in_sample,
    plant_unit,
    samples,
    swap,
    widened,
)
from workers.strip import movie
from workers.strip.unclean import UncleanError

TRAK, MDIA = "moov/trak", "moov/trak/mdia"
STBL = "moov/trak/mdia/minf/stbl"
Planting = Callable[[bytes, bytes], bytes]


def sets(content: bytes) -> tuple[bytes, bytes]:
    """SPS and PPS as they stand in the description of the coding."""
    body = content[content.index(b"avcC") + 4 :]
    (length,) = struct.unpack_from(">H", body, 6)
    at = 8 + length
    (second,) = struct.unpack_from(">H", body, at + 1)
    return body[8:at], body[at + 3 : at + 3 + second]


def in_description(content: bytes, place: bytes, extra: bytes) -> bytes:
    """Grow a box inside a sample entry, and what encloses it, at its end."""
    at = content.index(place) - 4
    number = 0 if place in (b"avc1", b"avcC") else 1
    stsd, end = find(content, f"{STBL}/stsd", number), at + _size(content, at)
    return plant(content, f"{STBL}/stsd", extra, end - stsd.start, number, sizes={at, stsd.start + 8})


def _size(content: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", content, at)[0])


def a_row_more(path: str, row: bytes, *, counted_at: int = 4) -> Planting:
    """A table with one more row, counted."""

    def planted(content: bytes, _: bytes) -> bytes:
        count = _size(content, find(content, path).start + counted_at) + 1
        return plant(swap(content, path, counted_at, struct.pack(">I", count)), path, row)

    return planted


def name_of_track(content: bytes, words: bytes) -> bytes:
    return plant(content, f"{MDIA}/hdlr", words, 24)


def name_of_coder(content: bytes, words: bytes) -> bytes:
    at = content.index(b"avc1", content.index(b"stsd")) + 4 + 42
    field = bytes([min(len(words), 31)]) + words[:31].ljust(31, b"\0")
    return content[:at] + field + content[at + 32 :]


def into_a_slice(content: bytes, words: bytes) -> bytes:
    """A unit with a start code before it, inside of another."""
    start, _ = samples(content, 0)[1]
    unit = content[start + 4 : start + 4 + _size(content, start)] + b"\0\0\1\x06" + words
    return plant_unit(content, unit, 2)


def shorter_edit(content: bytes, _: bytes) -> bytes:
    """An edit list that shows the first third only; the rest is still stored."""
    path = f"{TRAK}/edts/elst"
    shown = _size(content, find(content, path).start + 8)
    return swap(content, path, 8, struct.pack(">I", shown // 3))


def boxed(kind: str, path: str, at: int | None = None) -> Planting:
    return lambda content, words: plant(content, path, box(kind, words), at)


def behind(path: str, most: int | None = None) -> Planting:
    return lambda content, words: plant(content, path, words[:most])


def unit(kind: int) -> Planting:
    return lambda content, words: plant_unit(content, bytes([kind]) + words + b"\x80")


def described(place: bytes, kind: str = "") -> Planting:
    return lambda content, words: in_description(content, place, box(kind, words) if kind else words)


def overwritten(path: str, at: int, new: bytes) -> Planting:
    return lambda content, _: swap(content, path, at, new)


FULL = (
    "ftyp", "moov/mvhd", "moov/udta", f"{TRAK}/tkhd", f"{TRAK}/edts/elst", f"{MDIA}/mdhd", f"{MDIA}/hdlr",
    f"{MDIA}/minf/vmhd", f"{MDIA}/minf/dinf/dref",
    *(f"{STBL}/{kind}" for kind in ("stsd", "stts", "stss", "stsc", "stsz", "stco")),
)  # fmt: skip
FOLDERS = ("moov", TRAK, MDIA, f"{MDIA}/minf", STBL, f"{TRAK}/edts")
ROOT = ("free", "skip", "uuid", "meta", "udta", "mdat", "emsg", "prft", "\xa9xyz")
FOREIGN_UNITS = (0, 2, 3, 4, 6, 9, 10, 11, 12, 13, 14, 15, 19, 20, 24, 31)

PLACES: dict[str, Planting] = {
    **{f"{kind} at the end": boxed(kind, "") for kind in ROOT},
    **{f"{kind} at the beginning": boxed(kind, "", 0) for kind in ("free", "uuid", "wide")},
    **{
        f"{kind} in {path}": boxed(kind, path)
        for path in FOLDERS
        for kind in ("free", "uuid", "udta", "meta", "tref", "name")
    },
    **{f"bytes behind {path}": behind(path) for path in FULL},
    **{f"stray bytes in {path or 'the file'}": behind(path, 7) for path in ("", "moov", STBL)},
    **{f"unit {kind}": unit(kind) for kind in FOREIGN_UNITS},
    **{f"{kind} in a sample entry": described(b"avc1", kind) for kind in ("uuid", "free", "clap", "mdcv")},
    **{f"bytes behind {kind.decode()}": described(kind) for kind in (b"avcC", b"esds", b"avc1", b"mp4a")},
    "media data before the first sample": lambda c, x: plant_gap(c, x, 0),
    "media data between chunks": lambda c, x: plant_gap(c, x, 1),
    "media data behind the last sample": behind("mdat"),
    "a unit first in a late sample": lambda c, x: plant_unit(c, b"\x06" + x, 40, first=True),
    "a forbidden bit": unit(0x85),
    "half a unit": lambda c, x: plant_in_sample(c, 0, 3, x[:4]),
    "a unit in a unit": into_a_slice,
    "bytes behind a sequence set": lambda c, x: plant_unit(c, sets(c)[0] + x + b"\x80"),
    "bytes behind a picture set": lambda c, x: plant_unit(c, sets(c)[1] + b"\xff\xff" + x),
    "a long picture set": lambda c, x: plant_unit(c, sets(c)[1] + bytes(2000) + x),
    "a coder's name in the sound": lambda c, x: plant_in_sample(c, 1, 0, b"\xde" + x, first=True),
    "a track's name": name_of_track,
    "a coder's name in the header": name_of_coder,
    "a brand": lambda c, x: plant(c, "ftyp", x[:4].ljust(4, b"!")),
    "one sample more": a_row_more(f"{STBL}/stsz", bytes(4), counted_at=8),
    "one time more": a_row_more(f"{STBL}/stts", struct.pack(">II", 7, 7)),
    "one key more": a_row_more(f"{STBL}/stss", struct.pack(">I", 1 << 30)),
    "one chunk more": a_row_more(f"{STBL}/stco", bytes(4)),
    "one run of chunks more": a_row_more(f"{STBL}/stsc", struct.pack(">III", 1 << 30, 1, 1)),
    "footage behind an edit": shorter_edit,
    "an angle": overwritten(f"{TRAK}/tkhd", 44, b"!"),
    "a language": overwritten(f"{MDIA}/mdhd", 20, b"\x11\x22"),
    "a date": overwritten("moov/mvhd", 4, b"\xe2\x01\x02\x03"),
}


# The search knows the words of the code it searches, and one of them may well stand in its own place: the
# name of ffmpeg's handler in a handler. No word that is allowed anywhere begins with this.
WORDS = st.binary(min_size=1, max_size=80).map(lambda words: b"!" + words)


@pytest.mark.parametrize("place", PLACES)
def test_a_canary_is_found(clean: bytes, judge: Judge, place: str) -> None:
    assert judge.refuses(movie.prove_clean, PLACES[place](clean, b"CANARY-7f3a"))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(place=st.sampled_from(sorted(PLACES)), words=WORDS)
def test_any_bytes_are_found(clean: bytes, judge: Judge, place: str, words: bytes) -> None:
    assert judge.refuses(movie.prove_clean, PLACES[place](clean, words))


@pytest.mark.parametrize(
    "harmless",
    [
        lambda c: c,
        lambda c: plant_unit(c, sets(c)[0]),
        lambda c: plant_unit(c, sets(c)[1] + b"\0\0", 40),
        lambda c: plant(c, f"{STBL}/stsd", b""),
        lambda c: plant(c, "moov", b""),
    ],
)
def test_the_surgery_itself_leaves_no_mark(
    clean: bytes, judge: Judge, harmless: Callable[[bytes], bytes]
) -> None:
    assert not judge.refuses(movie.prove_clean, harmless(clean))


def test_a_film_of_more_than_four_gigabytes_is_clean_as_well(clean: bytes, judge: Judge) -> None:
    wide = widened(clean)
    assert not judge.refuses(movie.prove_clean, wide)
    assert judge.refuses(movie.prove_clean, plant_raw(wide, b"CANARY"))


def plant_raw(content: bytes, words: bytes) -> bytes:
    """Bytes behind the last sample, counted in 64 bits."""
    at = content.index(b"mdat") + 4
    (size,) = struct.unpack_from(">Q", content, at)
    return content[:at] + struct.pack(">Q", size + len(words)) + content[at + 8 :] + words


def test_two_samples_never_share_bytes(clean: bytes, judge: Judge) -> None:
    table = find(clean, f"{STBL}/stco")
    first = clean[table.start + 8 : table.start + 12]
    assert judge.refuses(movie.prove_clean, swap(clean, f"{STBL}/stco", 12, first))


def test_a_table_that_claims_billions_is_not_read(clean: bytes, judge: Judge) -> None:
    for kind in ("stts", "stss", "stsc", "stco"):
        assert judge.refuses(movie.prove_clean, swap(clean, f"{STBL}/{kind}", 4, b"\xff\xff\xff\xff"))
    same_size = struct.pack(">II", 1, 0xFFFFFFFF)
    assert judge.refuses(movie.prove_clean, swap(clean, f"{STBL}/stsz", 4, same_size))


def test_gigabytes_that_no_sample_owns_are_refused_and_never_held(clean: bytes, tmp_path: Path) -> None:
    path, more = tmp_path / "long.mp4", 2 << 30
    path.write_bytes(clean)
    at = find(clean, "mdat").start - 8
    with path.open("r+b") as file:
        file.seek(at)
        file.write(struct.pack(">I", _size(clean, at) + more))
        file.truncate(len(clean) + more)
    with pytest.raises(UncleanError, match="no sample"):
        movie.prove_clean(path)
