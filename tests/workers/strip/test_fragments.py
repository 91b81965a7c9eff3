"""A copy that plays while it is being made is proven piece by piece, under the same rules."""

import contextlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workers.strip.conftest import Judge, Pieces
from tests.workers.strip.surgery import box, find, plant, swap
from workers.strip import fragments
from workers.strip.unclean import UncleanError

Planting = Callable[[bytes, bytes], bytes]
TRAF = "moof/traf"


def longer(path: str, number: int = 0) -> Planting:
    """Bytes at a body's end, the media data still where the run says."""

    def planted(content: bytes, words: bytes) -> bytes:
        return _further(plant(content, path, words, number=number), len(words))

    return planted


def boxed(kind: str, path: str) -> Planting:
    return lambda content, words: longer(path)(content, box(kind, words))


def _further(content: bytes, by: int) -> bytes:
    """Move the first fragment's runs, whose data lies further behind now."""
    for number in range(2):
        at = find(content, f"{TRAF}/trun", number).start + 8
        content = swap(content, f"{TRAF}/trun", 8, struct.pack(">i", _number(content, at) + by), number)
    return content


def _number(content: bytes, at: int) -> int:
    return int(struct.unpack_from(">i", content, at)[0])


def unit_swapped(content: bytes, words: bytes) -> bytes:
    """A unit of another type in the place of the second picture's slice."""
    run = find(content, f"{TRAF}/trun").start
    first = _number(content, run + 16)
    return swap(content, "mdat", first + 4, b"\x06")


def ended_by(kind: str) -> Planting:
    return lambda content, words: plant(content, "", box(kind, words))


def before_the_samples(content: bytes, words: bytes) -> bytes:
    return plant(content, "mdat", words, 0)


def before_the_samples_and_skipped(content: bytes, words: bytes) -> bytes:
    return _further(before_the_samples(content, words), len(words))


AT_ROOT = ("uuid", "free", "emsg", "prft", "mfra", "mdat", "moof", "udta")
IN_FOLDERS = ("uuid", "free", "udta", "meta", "saio", "sbgp")
BEHIND = ("moof/mfhd", f"{TRAF}/tfhd", f"{TRAF}/tfdt", f"{TRAF}/trun")

PLACES: dict[str, Planting] = {
    **{f"{kind} at the end": ended_by(kind) for kind in AT_ROOT},
    **{f"{kind} in {path}": boxed(kind, path) for path in ("moof", TRAF) for kind in IN_FOLDERS},
    **{f"bytes behind {path}": longer(path) for path in BEHIND},
    "media data behind the last sample": lambda content, words: plant(content, "mdat", words),
    "media data before the first sample": before_the_samples,
    "media data before the first sample, skipped": before_the_samples_and_skipped,
    "a unit of another type": unit_swapped,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_canary_is_found_in_a_whole_film(fragmented: bytes, judge: Judge, place: str) -> None:
    assert judge.refuses(fragments.prove_fragmented_clean, PLACES[place](fragmented, b"CANARY-7f3a!"))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(place=st.sampled_from(sorted(PLACES)), words=st.binary(min_size=4, max_size=64))
def test_any_bytes_are_found(fragmented: bytes, judge: Judge, place: str, words: bytes) -> None:
    assert judge.refuses(fragments.prove_fragmented_clean, PLACES[place](fragmented, words))


def test_a_film_in_fragments_is_clean_as_a_whole_and_in_pieces(
    fragmented: bytes, pieces: Pieces, judge: Judge, tmp_path: Path
) -> None:
    assert not judge.refuses(fragments.prove_fragmented_clean, fragmented)
    init = proven_init(pieces, tmp_path)
    assert {expected.coding for expected in init.values()} == {"avc1", "mp4a"}
    assert len(pieces.segments) > 1
    for segment in pieces.segments:
        assert not judge.refuses(lambda path: fragments.prove_segment_clean(path, init), segment)


@pytest.mark.parametrize("place", PLACES)
def test_a_canary_is_found_in_a_piece(pieces: Pieces, judge: Judge, tmp_path: Path, place: str) -> None:
    init = proven_init(pieces, tmp_path)
    planted = PLACES[place](pieces.segments[0], b"CANARY-7f3a!")
    assert judge.refuses(lambda path: fragments.prove_segment_clean(path, init), planted)


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: plant(c, "", box("free", b"CANARY")),
        lambda c: plant(c, "moov", box("udta", b"CANARY")),
        lambda c: plant(c, "moov/mvex", box("uuid", b"CANARY")),
        lambda c: plant(c, "moov/mvex/trex", b"CANARY"),
        lambda c: plant(c, "moov/trak/mdia/minf/stbl/stco", b"CANARY!!"),
        lambda c: plant(c, "moov/trak/mdia/hdlr", b"CANARY", 24),
        lambda c: swap(c, "moov/trak/mdia/minf/stbl/stts", 4, b"\0\0\0\1"),
        lambda c: swap(c, "moov/mvhd", 4, b"\xe2\1\2\3"),
    ],
)
def test_a_header_that_tells_more_is_refused(
    pieces: Pieces, judge: Judge, damage: Callable[[bytes], bytes]
) -> None:
    assert not judge.refuses(fragments.prove_init_clean, pieces.init)
    assert judge.refuses(fragments.prove_init_clean, damage(pieces.init))


def test_a_piece_of_another_film_is_refused(pieces: Pieces, judge: Judge) -> None:
    assert judge.refuses(lambda path: fragments.prove_segment_clean(path, {}), pieces.segments[0])


def test_half_a_piece_is_refused(pieces: Pieces, judge: Judge, tmp_path: Path) -> None:
    init = proven_init(pieces, tmp_path)
    segment = pieces.segments[0]
    for end in (0, 7, 40, len(segment) // 2, len(segment) - 1):
        assert judge.refuses(lambda path: fragments.prove_segment_clean(path, init), segment[:end])


def proven_init(pieces: Pieces, folder: Path) -> fragments.Init:
    path = folder / "init.mp4"
    path.write_bytes(pieces.init)
    return fragments.prove_init_clean(path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_broken_fragment_raises_nothing_else(
    fragmented: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(fragmented)
    header = find(fragmented, "mdat").start
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, header))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with contextlib.suppress(UncleanError):
        fragments.prove_fragmented_clean(path)
