"""How much in how long, whoever asks and however they time it."""

from hypothesis import given
from hypothesis import strategies as st

from intake.guard.allowance import HOUR, Allowance

moments = st.lists(st.integers(0, 3 * HOUR), min_size=1, max_size=60).map(sorted)


@given(most=st.integers(1, 20), at=moments)
def test_no_hour_holds_more_than_twice_the_allowance_and_no_pause_is_wasted(most: int, at: list[int]) -> None:
    allowance, whole_at, passed = Allowance(most), 0, []
    for now in at:
        if allowance.wait(whole_at, 1, now) == 0:
            whole_at = allowance.spend(whole_at, 1, now)
            passed.append(now)
    for first in passed:
        within = [moment for moment in passed if first <= moment < first + HOUR]
        assert len(within) <= 2 * most, "the whole allowance at once, and what fills up while it is spent"
    assert len(passed) >= min(most, len(at)), "nobody is refused before the allowance is spent"


@given(st.integers(1, 10**12), st.integers(1, 10**13), st.integers(1, 10**13), st.integers(0, 10**18))
def test_waiting_as_long_as_one_is_told_is_enough(most: int, spent: int, more: int, now: int) -> None:
    allowance = Allowance(most)
    whole_at = allowance.spend(0, spent, now)
    wait = allowance.wait(whole_at, more, now)
    assert wait >= 0
    # What is larger than the allowance passes once it is whole.
    assert allowance.wait(whole_at, more, min(now + wait, whole_at)) == 0
    if 1 < wait < whole_at - now:
        assert allowance.wait(whole_at, more, now + wait - 1) == 1, "and not a nanosecond too long"


def test_what_is_larger_than_the_allowance_passes_whoever_has_spent_nothing() -> None:
    assert Allowance(10).wait(0, 1000, now=5) == 0


def test_nothing_limits_an_allowance_of_none() -> None:
    none = Allowance(0)
    assert none.spend(0, 10**15, 5) == 0
    assert none.wait(0, 10**15, 5) == 0
