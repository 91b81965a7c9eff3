"""When many come at once, and when they have gone."""

from hypothesis import given
from hypothesis import strategies as st

from intake.guard.flood import CALM_SECONDS, Flood


class Clock:
    now = 6000.0

    def __call__(self) -> float:
        return self.now


def test_it_rises_over_the_threshold_and_falls_by_itself() -> None:
    clock = Clock()
    flood = Flood(10, clock)
    for _ in range(10):
        flood.knock()
    assert not flood.rising
    flood.knock()
    assert flood.rising
    clock.now += CALM_SECONDS - 1
    assert flood.rising
    clock.now += 2
    assert not flood.rising


def test_it_stays_as_long_as_they_knock() -> None:
    clock = Clock()
    flood = Flood(10, clock)
    for _ in range(30 * 60):
        flood.knock()
        clock.now += 1
    assert flood.rising


@given(st.lists(st.floats(0, 30), max_size=200))
def test_a_steady_trickle_is_none(pauses: list[float]) -> None:
    clock = Clock()
    flood = Flood(30, clock)
    for pause in pauses:
        clock.now += 2.1 + pause
        flood.knock()
        assert not flood.rising


@given(st.floats(0, 59))
def test_it_rises_wherever_in_the_minute_they_come(into: float) -> None:
    clock = Clock()
    clock.now += into
    flood = Flood(10, clock)
    for _ in range(24):
        flood.knock()
        clock.now += 1
    assert flood.rising
