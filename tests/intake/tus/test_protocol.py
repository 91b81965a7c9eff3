"""The rules of tus as functions of header values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import Invalid, TooLarge
from intake.tus import protocol

MAX = 20_000_000_000


@given(st.integers(min_value=0, max_value=MAX))
def test_every_length_up_to_the_limit_is_read(length: int) -> None:
    assert protocol.parse_length(str(length), max_bytes=MAX) == length
    assert protocol.parse_offset({"upload-offset": str(length)}) == length


@given(st.text(max_size=30).filter(lambda text: not (text.isascii() and text.isdigit())))
def test_a_length_is_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(Invalid):
        protocol.parse_length(text, max_bytes=MAX)


def test_over_the_limit_a_sentence_names_it() -> None:
    with pytest.raises(TooLarge, match=r"20 GB is the most"):
        protocol.parse_length(str(MAX + 1), max_bytes=MAX)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "upload_length"),
        ({"upload-length": "1", "upload-defer-length": "1"}, "upload_length"),
        ({"upload-defer-length": "2"}, "upload_defer_length"),
        ({"upload-length": "-1"}, "upload_length"),
        ({"upload-length": "1e3"}, "upload_length"),
    ],
)
def test_a_creation_names_one_length(headers: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        protocol.parse_creation(headers, max_bytes=MAX)
    assert refusal.value.code == code
