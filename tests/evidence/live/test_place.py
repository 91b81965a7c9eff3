import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.live.place import Fix, Shown, gpx, read_track, vtt

BEGAN_MS = 1_700_000_000_000
FIX = {"fix_ms": BEGAN_MS, "media_ms": -500, "lat": 32.3, "lon": -90.1, "accuracy_m": 5.2}
_POINT = "{http://www.topografix.com/GPX/1/1}trkpt"


def lines(*fixes: dict[str, object]) -> list[bytes]:
    return [json.dumps(fix).encode() + b"\n" for fix in fixes]


def test_a_cue_lasts_until_the_next_fix_and_begins_with_the_film() -> None:
    track = lines(*({**FIX, "fix_ms": BEGAN_MS + ms} for ms in (-1, 0, 4_000, 9_000, 60_000)))
    fixes, unreadable = read_track(track)
    assert unreadable == 0
    at = datetime.fromtimestamp(BEGAN_MS / 1000, UTC)
    # Eight seconds of film, nothing, and another part that the film shows an hour later.
    film = [Shown(at, 0, 8_000), Shown(at + timedelta(minutes=1), 3_723_004, 1_000)]
    cues = vtt(fixes, film).splitlines()
    assert [cue for cue in cues if "-->" in cue] == [
        "00:00:00.000 --> 00:00:04.000",
        "00:00:04.000 --> 00:00:14.000",
        "01:02:03.004 --> 01:02:13.004",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"[]", b"7", b"{", b"\xff", b'{"lat": 1}', b"[" * 500,
        *lines({**FIX, "lat": 91}, {**FIX, "lon": "x"}, {**FIX, "accuracy_m": -1}, {**FIX, "fix_ms": 1e300}),
        json.dumps({**FIX, "lat": float("nan")}).encode(), b" " * 2000 + lines(FIX)[0],
    ],
)  # fmt: skip
def test_what_is_no_fix_is_none(wrong: bytes) -> None:
    assert Fix.read(wrong) is None


@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from(lines(FIX))), max_size=20))
def test_whatever_comes_what_is_derived_can_be_read(track: list[bytes]) -> None:
    fixes, unreadable = read_track(track)
    assert len(fixes) + unreadable == sum(1 for line in track if line.strip())
    assert len(ElementTree.fromstring(gpx(fixes)).findall(f".//{_POINT}")) == len(fixes)
    assert vtt(fixes, []).startswith("WEBVTT\n")
