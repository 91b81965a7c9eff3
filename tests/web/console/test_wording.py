from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evidence.tips import CLOSE_REASONS
from evidence.tips.tip import TIP_STATES
from web.console.wording import (
    REASONS,
    STATES,
    ago_words,
    clock_words,
    duration_words,
    full_words,
    size_words,
)

NOW = datetime(2026, 11, 22, 21, 5, 33, tzinfo=UTC)


def test_every_state_and_reason_has_words() -> None:
    assert set(STATES) == set(TIP_STATES)
    assert set(REASONS) == set(CLOSE_REASONS)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (31_400_000, "31.4 MB"),
        (250_000_000, "250 MB"),
        (20_000_000_000, "20.0 GB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert size_words(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (6.6, "0:07"), (750, "12:30"), (3723, "1:02:03")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (90_000, "yesterday"),
        (200_000, "2 days ago"),
    ],
)
def test_how_long_ago(ago: int, words: str) -> None:
    assert ago_words(NOW - timedelta(seconds=ago), NOW) == words


def test_times_are_the_agency_s_own() -> None:
    oakland = ZoneInfo("America/Los_Angeles")
    assert clock_words(NOW, oakland) == "Nov 22, 13:05"
    assert full_words(NOW, oakland) == "Sunday, November 22, 2026, 13:05:33 PST (21:05:33 UTC)"
    assert full_words(NOW, ZoneInfo("UTC")) == "Sunday, November 22, 2026, 21:05:33 UTC"
