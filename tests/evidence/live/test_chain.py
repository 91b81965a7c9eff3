import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from evidence.live.chain import START, chain_of, link


def chained(pieces: list[bytes]) -> bytes:
    value = START
    for piece in pieces:
        value = link(value, hashlib.sha256(piece).digest())
    return value


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_a_chain_follows_from_the_pieces_however_they_were_joined(pieces: list[bytes]) -> None:
    whole = io.BytesIO(b"".join(pieces))
    assert chain_of(whole.read, [len(piece) for piece in pieces]) == chained(pieces)


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=10), st.data())
def test_bytes_that_are_missing_added_or_changed_give_another_or_none(
    pieces: list[bytes], data: st.DataObject
) -> None:
    whole = bytearray(b"".join(pieces))
    lengths = [len(piece) for piece in pieces]
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole.copy()
    changed[place] ^= 1
    assert chain_of(io.BytesIO(changed).read, lengths) != chained(pieces)
    assert chain_of(io.BytesIO(whole[:-1]).read, lengths) is None
    assert chain_of(io.BytesIO(whole + b"x").read, lengths) is None
