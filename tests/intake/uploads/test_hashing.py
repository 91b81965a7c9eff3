"""Leaves hashed as they pass: the right hash, or none."""

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from intake.uploads.hashing import PassingLeaves

LEAF = 16


@given(
    content=st.binary(max_size=100),
    cuts=st.lists(st.integers(min_value=0, max_value=100)),
    start=st.integers(min_value=0, max_value=100),
    known=st.booleans(),
)
def test_a_leaf_that_passes_whole_has_its_hash_and_no_other_has(
    content: bytes, cuts: list[int], start: int, known: bool
) -> None:
    passing = PassingLeaves(len(content) if known else None, LEAF)
    edges = sorted({cut for cut in cuts if start < cut < len(content)} | {start, len(content)})
    for begin, end in pairwise(edges):
        passing.passed(memoryview(content)[begin:end], begin)
    for index in range(100 // LEAF + 1):
        leaf = content[index * LEAF : (index + 1) * LEAF]
        whole = len(leaf) == LEAF and start <= index * LEAF
        assert passing.digest(index) == (hashlib.sha256(leaf).digest() if whole else None)
        assert passing.digest(index) is None


@given(gap=st.integers(min_value=1, max_value=LEAF - 2))
def test_what_passed_elsewhere_leaves_no_hash_behind(gap: int) -> None:
    """A verified chunk is moved in by the kernel, and nobody sees its bytes."""
    passing = PassingLeaves(None, LEAF)
    passing.passed(b"a" * gap, 0)
    passing.passed(b"b" * (LEAF - gap - 1), gap + 1)
    assert passing.digest(0) is None
    passing.passed(b"c" * LEAF, LEAF)
    assert passing.digest(1) == hashlib.sha256(b"c" * LEAF).digest()
