"""What the sandboxed look prints is believed only where it is an answer; nothing of it stands in an error."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.traces.kinds import ClockGrade
from workers.traces.clock import clock_grade, offset_words
from workers.traces.found import MOST_TRACES, Clock, Found, NonsenseError, Trace, unique

FOUND = Found(
    (Trace("place", "file location", "+37.8-122.2/"),),
    ("camera",),
    Clock("2026-05-06T07:08:09+00:00", zoned=True),
    manifest=False,
)  # fmt: skip


def changed(**fields: Any) -> Any:
    return {**FOUND.to_json(), **fields}


def a_trace(**fields: Any) -> Any:
    return changed(traces=[{"kind": "place", "place": "x", "value": "y", **fields}])


def test_an_answer_comes_through_unchanged() -> None:
    assert Found.from_json(json.loads(json.dumps(FOUND.to_json()))) == FOUND


@pytest.mark.parametrize(
    "nonsense",
    [
        None, [], {}, "found",
        changed(more="SECRET"),
        changed(manifest="SECRET"),
        changed(clues=["SECRET"]),
        changed(clues=["camera"] * 99),
        changed(traces=[a_trace()["traces"][0]] * (MOST_TRACES + 1)),
        changed(clock={"said": "SECRET", "zoned": True}),
        changed(clock={"said": "2026-05-06T07:08:09", "zoned": True}),
        changed(clock={"said": "0001-01-01T00:00:00+00:00", "zoned": True}),
        changed(clock={"said": "2026-05-06T07:08:09+00:00", "zoned": "SECRET"}),
        a_trace(kind="SECRET"), a_trace(value=7), a_trace(value="SECRET" * 1000),
        a_trace(place="SECRET" * 100),
        a_trace(value="SECRET\x1b[31m"), a_trace(more="SECRET"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_without_a_word_of_it(nonsense: Any) -> None:
    with pytest.raises(NonsenseError) as refused:
        Found.from_json(nonsense)
    assert "SECRET" not in str(refused.value)
    assert refused.value.__cause__ is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["kind", "traces", "x"]), inner)
    ),
    max_leaves=20,
)  # fmt: skip


@given(_JSON, _JSON, _JSON)
def test_whatever_is_printed_nothing_else_is_raised(traces: Any, clues: Any, clock: Any) -> None:
    try:
        Found.from_json({"traces": traces, "clues": clues, "clock": clock, "manifest": False})
    except NonsenseError:
        return


def test_no_kind_is_crowded_out() -> None:
    many = [Trace("person", "x", str(number)) for number in range(MOST_TRACES * 2)]
    kept = unique([*many, Trace("place", "x", "here"), Trace("person", "y", "1")])
    assert len(kept) == MOST_TRACES
    assert {trace.kind for trace in kept} == {"person", "place"}


ARRIVED = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_talkative_file_stays_below_what_the_sandbox_keeps() -> None:
    loud = [Trace.of("person", "x", f"{number} " + "\u4e00" * 5000) for number in range(MOST_TRACES)]
    kept = unique(loud)
    assert len(kept) > 10
    assert len(json.dumps(Found(kept, (), None, manifest=False).to_json())) < 1 << 20


@pytest.mark.parametrize(
    ("before", "zoned", "grade"),
    [
        (timedelta(minutes=5), True, "fits"),
        (timedelta(hours=23), True, "fits"),
        (timedelta(days=2), True, "older"),
        (timedelta(days=-1), True, "ahead"),
        (timedelta(hours=30), False, "fits"),
        (timedelta(hours=-13), False, "fits"),
        (timedelta(hours=-15), False, "ahead"),
        (timedelta(days=3), False, "older"),
    ],
)
def test_a_clock_fits_is_older_or_ahead(before: timedelta, zoned: bool, grade: ClockGrade) -> None:
    assert clock_grade(Clock((ARRIVED - before).isoformat(), zoned), ARRIVED) == grade


def test_the_offset_is_told_in_words_to_whoever_unseals_it() -> None:
    words = offset_words(Clock((ARRIVED - timedelta(hours=25, minutes=3)).isoformat(), True), ARRIVED)
    assert words.endswith(": 1 d 1 h before its arrival")
    assert "unknown time zone" in offset_words(Clock(ARRIVED.isoformat(), False), ARRIVED)
    assert clock_grade(None, ARRIVED) == "none"
