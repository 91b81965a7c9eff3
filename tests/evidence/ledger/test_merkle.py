import hashlib

from hypothesis import given
from hypothesis import strategies as st

from evidence.ledger.merkle import Frontier, node_hash

leaves_of_32 = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def head_by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word: split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(head_by_definition(leaves[:split]), head_by_definition(leaves[split:]))


@given(leaves_of_32)
def test_the_frontier_agrees_with_the_definition(leaves: list[bytes]) -> None:
    frontier = Frontier()
    frontier.extend(leaves)
    assert frontier.root() == head_by_definition(leaves)


@given(leaves_of_32, leaves_of_32)
def test_a_frontier_goes_on_from_where_it_was_saved(before: list[bytes], after: list[bytes]) -> None:
    first = Frontier()
    first.extend(before)
    resumed = Frontier(first.size, first.peaks)
    resumed.extend(after)
    assert resumed.root() == head_by_definition(before + after)


def test_a_published_vector_holds() -> None:
    """The eight-leaf tree of the Certificate Transparency reference tests, leaves hashed as RFC 6962 says."""
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    frontier = Frontier()
    frontier.extend(hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in inputs)
    assert frontier.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
