"""The secret of an upload's URL."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import NotFound
from evidence.spool import UploadSecret


@given(st.binary(min_size=32, max_size=32))
def test_the_text_in_the_url_leads_back_to_the_secret(raw: bytes) -> None:
    secret = UploadSecret(raw)
    assert len(secret.text) == 43
    assert UploadSecret.from_text(secret.text) == secret


@given(st.text(max_size=60))
def test_whatever_else_stands_in_a_url_names_no_upload(text: str) -> None:
    with suppress(NotFound):
        assert UploadSecret.from_text(text).text == text


def test_a_second_spelling_of_the_same_bytes_is_refused() -> None:
    text = UploadSecret(bytes(32)).text
    with pytest.raises(NotFound):
        UploadSecret.from_text(text[:-1] + "B")


def test_name_and_key_tell_nothing_of_the_secret_or_of_each_other() -> None:
    secret = UploadSecret.new()
    assert secret.upload_id.bytes not in secret.raw
    assert secret.metadata_key != secret.raw
    assert secret.raw.hex() not in repr(secret)
    assert secret.text not in repr(secret)
