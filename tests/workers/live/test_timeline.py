"""What a joined copy shows, and when: every part once, and what is missing between them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workers.live.timeline import LONGEST_FILLER_MS, Gap, Place, Recorded, Stretch, lay_out

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def gaps_of(places: list[Place]) -> list[Gap]:
    return [place for place in places if isinstance(place, Gap)]


def part(sequence: int, began_ms: int, milliseconds: int) -> Recorded:
    return Recorded(sequence, NOON + timedelta(milliseconds=began_ms), milliseconds)


def test_a_recorder_begun_anew_leaves_no_gap() -> None:
    assert lay_out([part(1, 0, 4_000), part(2, 4_120, 3_000)]) == [
        Stretch(1, 0, 4_000),
        Stretch(2, 4_000, 3_000),
    ]


def test_what_the_signal_dropped_stands_between() -> None:
    assert lay_out([part(1, 0, 4_000), part(2, 7_000, 1_000)]) == [
        Stretch(1, 0, 4_000),
        Gap(4_000, 3_000, missing_ms=3_000),
        Stretch(2, 7_000, 1_000),
    ]


def test_an_hour_of_nothing_is_told_and_not_shown() -> None:
    (gap,) = gaps_of(lay_out([part(1, 0, 1_000), part(2, 3_601_000, 1_000)]))
    assert gap == Gap(1_000, LONGEST_FILLER_MS, missing_ms=3_600_000)


def test_now_came_first_and_the_backlog_behind_it() -> None:
    places = lay_out([part(3, 20_000, 1_000), part(1, 0, 10_000), part(2, 10_000, 10_000)])
    assert [place.sequence for place in places if isinstance(place, Stretch)] == [1, 2, 3]
    assert gaps_of(places) == []


PARTS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 600_000)), min_size=1, max_size=9).map(
    lambda drawn: [part(number, began, length) for number, (began, length) in enumerate(drawn, 1)]
)


@given(PARTS)
def test_every_part_is_shown_whole_and_once_one_after_the_other(parts: list[Recorded]) -> None:
    places = lay_out(parts)
    stretches = {place.sequence: place.milliseconds for place in places if isinstance(place, Stretch)}
    assert stretches == {each.sequence: each.milliseconds for each in parts}
    assert len(stretches) == sum(isinstance(place, Stretch) for place in places)
    at_ms = 0
    for place in places:
        assert place.at_ms == at_ms
        at_ms += place.milliseconds
    assert all(gap.milliseconds <= gap.missing_ms for gap in gaps_of(places))
