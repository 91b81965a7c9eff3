"""Every licence is known and allowed, and docs/licences.md says what there is."""

import pytest

from infra.release import licences
from infra.release.bundled import BUNDLED


def test_every_licence_is_one_that_we_allow() -> None:
    assert licences.faults() == []


def test_the_document_is_current() -> None:
    text = licences.DOCUMENT.read_text("utf-8")
    assert licences.with_tables(text) == text, "run `python -m infra.release.licences --write`"


def test_whatever_is_under_the_gpl_is_named_with_what_follows() -> None:
    """Nobody hands the image on without having read what ffmpeg, x264 and x265 ask."""
    prose = licences.DOCUMENT.read_text("utf-8").partition(licences.BEGIN)[0]
    strong = {name for each in BUNDLED.values() for name, its in each.items() if its in licences.STRONG}
    assert len(strong) == 3
    for word in ("ffmpeg", "x264", "x265"):
        assert word in prose


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-or-later OR MIT", True),
        ("MIT AND GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("none stated", False),
        ("", False),
    ],
)
def test_of_alternatives_one_has_to_be_allowed_and_of_a_sum_each(licence: str, may: bool) -> None:
    assert licences.allowed(licence) is may


def test_the_wheels_are_looked_into() -> None:
    """Otherwise a library that nobody knows would pass unseen."""
    found = set(licences.bundled_libraries())
    assert {("av", "libx264"), ("pillow-heif", "libx265"), ("psycopg-binary", "libpq")} <= found


def test_wheels_that_hold_rust_say_which() -> None:
    held = {(crate.wheel, crate.name): crate for crate in licences.crates_in_the_image()}
    age = held["pyrage", "age"]
    assert age.licence == "Apache-2.0 OR MIT"
    assert age.purl == f"pkg:cargo/age@{age.version}"
    assert ("cryptography", "openssl") in held
