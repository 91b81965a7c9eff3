"""The draft's header fields: structured, and ignored where they are not what they should be."""

import http_sf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.resumable.fields import MAX_INTEGER, Fields, write_boolean, write_limits

COUNTS = st.integers(min_value=0, max_value=MAX_INTEGER)
NAMES = ("upload-draft-interop-version", "upload-complete", "upload-offset", "upload-length")
LATIN = st.text(st.characters(max_codepoint=0xFF), max_size=40)
PARAMETERS = st.sampled_from(["", ";a", '; a="x, ;?1"', ";a=1;b=?0", ";a=:AAAA:", ";a=1.5"])


def read(**headers: str) -> Fields:
    return Fields.read({name.replace("_", "-"): value for name, value in headers.items()})


@given(COUNTS, COUNTS, st.booleans(), PARAMETERS)
def test_what_is_well_formed_is_read_whatever_parameters_it_has(
    offset: int, length: int, ends: bool, parameters: str
) -> None:
    said = Fields.read(
        {
            "upload-draft-interop-version": f" 8{parameters}",
            "upload-complete": f"{write_boolean(ends)}{parameters}",
            "upload-offset": f"{offset}{parameters} ",
            "upload-length": f"{length:015d}{parameters}",
        }
    )
    assert said == Fields(version=8, ends=ends, offset=offset, length=length)


@given(st.dictionaries(st.sampled_from(NAMES), LATIN))
def test_any_text_is_read_or_ignored_and_never_raises(headers: dict[str, str]) -> None:
    said = Fields.read(headers)
    assert said.ends in (None, True, False)
    for number in (said.version, said.offset, said.length):
        assert number is None or 0 <= number <= MAX_INTEGER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "0",
        "?2",
        "?",
        "?11",
        "true",
        "?1, ?1",
        "?1;",
        "??1",
        '"?1"',
        "?1 ?0",
        "?\u00b9",
        "?1" + ";a" * 500,
    ],
)
def test_what_is_no_boolean_is_ignored(text: str) -> None:
    assert read(upload_complete=text).ends is None


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1.0", "1e3", "0x10", "?1", '"1"', "1, 1", "1 1", "1" * 16, "\u00b2", "1_000", "a"],
)
def test_what_is_no_whole_number_is_ignored(text: str) -> None:
    assert read(upload_offset=text, upload_length=text) == Fields(None, None, None, None)


@given(st.dictionaries(st.sampled_from(["max-size", "max-age"]), st.integers(0, 10**18), min_size=1))
def test_limits_are_a_structured_dictionary(limits: dict[str, int]) -> None:
    written = http_sf.parse(write_limits(limits).encode(), tltype="dictionary")
    assert written == {name: (min(number, MAX_INTEGER), {}) for name, number in limits.items()}
