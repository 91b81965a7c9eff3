import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.console.ranges import Span, Unsatisfiable, requested_span


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", (0, 99)),
        ("bytes=0-0", (0, 0)),
        ("bytes=10-19", (10, 19)),
        ("bytes=90-200", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes= 5 - 9", (5, 9)),
    ],
)
def test_one_range_is_understood(header: str, span: tuple[int, int]) -> None:
    assert requested_span(header, 100) == Span(*span, 100)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=9-5",
        "bytes=0-1,5-6",
        "rows=0-1",
        "bytes=0-" + "9" * 5000,
    ],
)
def test_what_is_no_range_of_ours_gets_the_whole(header: str | None) -> None:
    assert requested_span(header, 100) is None


@pytest.mark.parametrize(
    ("header", "total"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_a_range_outside_is_refused(header: str, total: int) -> None:
    with pytest.raises(Unsatisfiable):
        requested_span(header, total)


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_span_never_leaves_the_content(total: int, first: int, last: int) -> None:
    try:
        span = requested_span(f"bytes={first}-{last}", total)
    except Unsatisfiable:
        assert first >= total
        return
    if span is None:
        assert last < first
        return
    assert 0 <= span.first <= span.last < total
    assert span.length == span.last - span.first + 1
    assert span.content_range == f"bytes {span.first}-{span.last}/{total}"
