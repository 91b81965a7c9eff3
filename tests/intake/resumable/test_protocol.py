"""The draft's rules as functions of what was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.resumable.fields import Fields
from intake.resumable.protocol import is_spoken, length_said
from intake.resumable.refusals import InconsistentLength
from intake.wire.http import Request

SIZES = st.integers(0, 100)


def fields(*, ends: bool | None = None, length: int | None = None) -> Fields:
    return Fields(version=8, ends=ends, offset=0, length=length)


@given(SIZES, SIZES)
def test_a_body_that_ends_the_upload_says_how_long_it_is(offset: int, size: int) -> None:
    assert length_said(fields(ends=True), offset, size) == offset + size
    assert length_said(fields(ends=True, length=offset + size), offset, size) == offset + size


@given(st.none() | st.booleans(), st.none() | SIZES)
def test_a_body_of_unknown_size_says_nothing_of_the_length(ends: bool | None, length: int | None) -> None:
    assert length_said(fields(ends=ends, length=length), 3, None) == length


@given(st.none() | st.just(False), st.none() | SIZES, SIZES, SIZES)
def test_a_part_leaves_the_length_as_it_was_said_unless_it_is_longer(
    ends: bool | None, length: int | None, offset: int, size: int
) -> None:
    if length is not None and offset + size > length:
        with pytest.raises(InconsistentLength):
            length_said(fields(ends=ends, length=length), offset, size)
    else:
        assert length_said(fields(ends=ends, length=length), offset, size) == length


@pytest.mark.parametrize("length", [5, 7])
def test_an_end_elsewhere_than_was_said_is_refused(length: int) -> None:
    with pytest.raises(InconsistentLength):
        length_said(fields(ends=True, length=length), 2, 4)


@pytest.mark.parametrize(
    ("names", "spoken"),
    [
        ({b"upload-draft-interop-version"}, True),
        ({b"upload-complete"}, True),
        ({b"upload-complete", b"tus-resumable"}, False),
        ({b"tus-resumable"}, False),
        (set(), False),
    ],
)
def test_the_headers_tell_which_protocol_is_spoken(names: set[bytes], spoken: bool) -> None:
    assert is_spoken(Request({"headers": [(name, b"x") for name in names]})) is spoken
