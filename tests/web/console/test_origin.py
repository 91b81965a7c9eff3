import pytest

from web.console.origin import comes_from_us

OURS = "https://console.city.gov"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_may_come_from_anywhere(method: str) -> None:
    assert comes_from_us(method, "cross-site", "https://evil.example", OURS)


@pytest.mark.parametrize(
    ("site", "origin", "let_in"),
    [
        ("same-origin", OURS, True),
        ("same-origin", None, True),
        (None, OURS, True),
        (None, None, False),
        ("cross-site", OURS, False),
        ("same-site", OURS, False),
        ("none", None, False),
        (None, "null", False),
        ("same-origin", "null", False),
        (None, "https://console.city.gov.evil.example", False),
        (None, "http://console.city.gov", False),
        (None, "https://console.city.gov:444", False),
    ],
)
def test_what_changes_something_comes_from_our_own_page(
    site: str | None, origin: str | None, let_in: bool
) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert comes_from_us(method, site, origin, OURS) is let_in
