"""What is drawn from a sender's fixes: nothing that was not said, and nothing that breaks a reader."""

import json
import math
import re
from itertools import pairwise
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from workers.live.places import LONGEST_CUE_MS, read_fixes, to_gpx, to_webvtt

NOON_MS = 1_795_608_000_000
GPX = "{http://www.topografix.com/GPX/1/1}"


def line(**changed: object) -> bytes:
    fix = {"fix_ms": NOON_MS, "media_ms": 0, "film": 1, "lat": 32.2988, "lon": -90.1848, "accuracy_m": 8}
    return json.dumps({**fix, **changed}).encode()


def test_a_fix_is_shown_until_the_next_and_no_longer_than_it_says_something() -> None:
    fixes = read_fixes(b"\n".join([line(), line(media_ms=4_000, lat=32.3), line(film=2, media_ms=500)]))
    assert to_webvtt(fixes, {1: 0, 2: 60_000}) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:04.000\n32.29880, -90.18480 within 8 m\n\n"
        "00:00:04.000 --> 00:00:14.000\n32.30000, -90.18480 within 8 m\n\n"
        "00:01:00.500 --> 00:01:10.500\n32.29880, -90.18480 within 8 m\n"
    )


def test_a_map_takes_the_track() -> None:
    track = fromstring(to_gpx(read_fixes(line() + b"\n" + line(fix_ms=NOON_MS + 1_500, lon=-90))))
    points = list(track.iter(f"{GPX}trkpt"))
    assert [(point.get("lat"), point.get("lon")) for point in points] == [
        ("32.2988000", "-90.1848000"),
        ("32.2988000", "-90.0000000"),
    ]
    assert [point.findtext(f"{GPX}time") for point in points] == [
        "2026-11-25T12:00:00.000Z",
        "2026-11-25T12:00:01.500Z",
    ]


def test_a_line_that_was_cut_and_one_that_is_no_fix_are_passed_over() -> None:
    lines = [
        line(),
        line()[:-4],
        b"[]",
        b"{}",
        b"null",
        line(lat="32"),
        line(lat=91),
        line(film=True),
        line(),
    ]
    assert len(read_fixes(b"\n".join(lines))) == 2


NUMBERS = st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=True), st.none(), st.text(max_size=3))
STRANGE = st.fixed_dictionaries(
    dict.fromkeys(("fix_ms", "media_ms", "film", "lat", "lon", "accuracy_m"), NUMBERS)
)


@given(st.lists(st.one_of(STRANGE.map(json.dumps), st.text(max_size=30)), max_size=8))
def test_whatever_is_written_both_come_out_whole(lines: list[str]) -> None:
    fixes = read_fixes("\n".join(lines).encode())
    assert all(math.isfinite(fix.latitude + fix.longitude + fix.accuracy_m) for fix in fixes)
    assert len(list(fromstring(to_gpx(fixes)).iter(f"{GPX}trkpt"))) == len(fixes)
    assert to_webvtt(fixes, {}) == "WEBVTT\n"


@given(st.lists(st.integers(0, 10**6), max_size=20))
def test_cues_follow_each_other_and_never_overlap(moments: list[int]) -> None:
    text = to_webvtt(read_fixes(b"\n".join(line(media_ms=at) for at in moments)), {1: 0})
    spans = [
        tuple(_milliseconds(clock) for clock in cue.split(" --> "))
        for cue in re.findall(r"^\S+ --> \S+$", text, re.MULTILINE)
    ]
    assert len(spans) == len(set(moments))
    assert all(0 < until - at <= LONGEST_CUE_MS for at, until in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def _milliseconds(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round(((int(hours) * 60 + int(minutes)) * 60 + float(seconds)) * 1000)
