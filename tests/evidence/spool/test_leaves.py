"""Leaf hashes: the same whoever makes them, whenever."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.spool import leaves
from evidence.spool.layout import Files
from evidence.spool.leaves import LEAF_BYTES, leaf_count, leaf_length


def expected(content: bytes) -> bytes:
    parts = [content[i : i + LEAF_BYTES] for i in range(0, len(content), LEAF_BYTES)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


@given(st.integers(min_value=0, max_value=10 * LEAF_BYTES))
def test_leaves_cover_every_byte_once(length: int) -> None:
    lengths = [leaf_length(index, length) for index in range(leaf_count(length))]
    assert sum(lengths) == length
    assert all(size == LEAF_BYTES for size in lengths[:-1])
    assert all(size > 0 for size in lengths)


def test_nothing_has_the_hash_of_nothing(tmp_path: Path) -> None:
    files = Files(tmp_path, uuid4())
    files.bytes.touch()
    assert leaves.complete(files, 0) == hashlib.sha256(b"").digest()


@settings(max_examples=8)
@given(made=st.sets(st.sampled_from([0, 1, 2])), extra=st.sampled_from([0, 1, LEAF_BYTES - 1]))
def test_a_crash_between_any_two_leaves_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, made: set[int], extra: int
) -> None:
    """Whichever leaves a killed process had kept, the finished upload has the same digest."""
    files = Files(tmp_path_factory.mktemp("leaves"), uuid4())
    content = b"".join(bytes([i]) * LEAF_BYTES for i in range(3)) + b"x" * extra
    files.bytes.write_bytes(content)
    for index in made:
        leaves.keep_leaf(files, index)
    assert leaves.complete(files, len(content)) == expected(content)
    assert leaves.examine(files.bytes).leaves_sha256 == expected(content)


def test_a_leaf_that_is_not_complete_gets_no_slot(tmp_path: Path) -> None:
    files = Files(tmp_path, uuid4())
    files.bytes.write_bytes(b"short")
    with pytest.raises(EOFError):
        leaves.keep_leaf(files, 0)
    assert not files.leaves.exists()
