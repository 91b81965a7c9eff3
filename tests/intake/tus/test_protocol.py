"""The rules of tus as functions of header values."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import Invalid, TooLarge
from intake.tus import protocol

MAX = 20_000_000_000
KEYS = st.text(string.ascii_letters + string.digits + "-_.:/", min_size=1, max_size=20)


@given(st.dictionaries(KEYS, st.binary(max_size=60), max_size=8))
def test_metadata_survives_the_header(pairs: dict[str, bytes]) -> None:
    assert protocol.parse_metadata(protocol.format_metadata(pairs)) == pairs


@given(st.text(max_size=200))
def test_no_metadata_header_brings_more_than_a_refusal(raw: str) -> None:
    try:
        pairs = protocol.parse_metadata(raw)
    except Invalid:
        return
    assert all(key and " " not in key and "," not in key for key in pairs)


@pytest.mark.parametrize(
    "raw",
    [
        "filename !!!",
        "filename YQ=",
        "filename YQ==,filename YQ==",
        ",filename YQ==",
        "filename YQ==,",
        "file\x00name YQ==",
        "name  YQ==  YQ==",
        "a " + base64.b64encode(b"x" * 9000).decode(),
    ],
)
def test_ill_formed_metadata_is_refused(raw: str) -> None:
    with pytest.raises(Invalid) as refusal:
        protocol.parse_metadata(raw)
    assert refusal.value.code == "upload_metadata"


def test_a_key_may_stand_without_a_value() -> None:
    assert protocol.parse_metadata("is_confidential, filename YQ==") == {
        "is_confidential": b"",
        "filename": b"a",
    }


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
