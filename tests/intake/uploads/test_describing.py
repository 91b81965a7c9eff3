"""What a client says of its file."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import Invalid
from intake.uploads.describing import format_metadata, parse_metadata

KEYS = st.text(string.ascii_letters + string.digits + "-_.:/", min_size=1, max_size=20)


@given(st.dictionaries(KEYS, st.binary(max_size=60), max_size=8))
def test_metadata_survives_the_header(pairs: dict[str, bytes]) -> None:
    assert parse_metadata(format_metadata(pairs)) == pairs


@given(st.text(max_size=200))
def test_no_metadata_header_brings_more_than_a_refusal(raw: str) -> None:
    try:
        pairs = parse_metadata(raw)
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
        parse_metadata(raw)
    assert refusal.value.code == "upload_metadata"


def test_a_key_may_stand_without_a_value() -> None:
    assert parse_metadata("is_confidential, filename YQ==") == {
        "is_confidential": b"",
        "filename": b"a",
    }
