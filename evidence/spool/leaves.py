"""The hashes of an upload's 8 MiB leaves, made while it grows.

A leaf's hash is a function of bytes that never change again, so it can be made at any time, by anybody,
twice: after a crash those that are missing are simply made again. The last, shorter leaf has no slot: it is
hashed when the upload is complete.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.spool.damage import sync_bytes
from evidence.spool.layout import FILE_MODE, Files, opened
from evidence.spool.trouble import room_needed

LEAF_BYTES = 8 * 1024 * 1024
HASH_BYTES = 32
_EMPTY_SLOT = bytes(HASH_BYTES)
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Examined:
    """What the bytes in the spool are, read once from first to last."""

    size: int
    sha256: bytes
    leaves_sha256: bytes


def leaf_count(length: int) -> int:
    """Return how many leaves `length` bytes have."""
    return -(-length // LEAF_BYTES)


def leaf_length(index: int, length: int) -> int:
    """Return the bytes of leaf `index` in an upload of `length` bytes."""
    return max(0, min(LEAF_BYTES, length - index * LEAF_BYTES))


def digest_of(hashes: bytes) -> bytes:
    """Return SHA-256 over the concatenated leaf hashes; of nothing for an empty upload."""
    return hashlib.sha256(hashes).digest()


def keep_leaf(files: Files, index: int, digest: bytes | None = None) -> None:
    """Keep the hash of the whole leaf `index` in its slot.

    `digest` is that hash, where whoever wrote the leaf made it of the bytes as they came; else they are read.

    The bytes reach the disk before the slot is written: a slot never speaks of bytes that a power cut
    could still take away. Blocks for some 10 ms per leaf and more on a slow disk: for a thread.
    """
    with opened(files.bytes) as fd:
        leaf = digest or _hash_leaf(fd, index, LEAF_BYTES)
        sync_bytes(files, fd)
    with room_needed():
        fd = os.open(files.leaves, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            # Whole or not at all: a slot never straddles two pages.
            os.pwrite(fd, leaf, index * HASH_BYTES)
        finally:
            os.close(fd)


def complete(files: Files, length: int) -> bytes:
    """Return `leaves_sha256` of a whole upload of `length` bytes, all of which are on the disk by then.

    Leaves without a slot are hashed here: the last, shorter one, and those before which a writer was killed.
    They get no slot any more, since whoever asks again has the same answer.
    """
    kept = _read_slots(files.leaves, length)
    with opened(files.bytes) as fd:
        sync_bytes(files, fd)
        hashes = (
            _hash_leaf(fd, index, leaf_length(index, length)) if slot == _EMPTY_SLOT else slot
            for index, slot in enumerate(kept)
        )
        return digest_of(b"".join(hashes))


def examine(source: Path, hand_on: Callable[[memoryview], object] = bool) -> Examined:
    """Read the whole file once: its size, its SHA-256, and its leaves; `hand_on` has each piece in turn."""
    whole = hashlib.sha256()
    hashes = []
    with opened(source) as fd:
        length = os.fstat(fd).st_size
        for index in range(leaf_count(length)):
            leaf = hashlib.sha256()
            for piece in _read_leaf(fd, index, leaf_length(index, length)):
                leaf.update(piece)
                whole.update(piece)
                hand_on(piece)
            hashes.append(leaf.digest())
    return Examined(length, whole.digest(), digest_of(b"".join(hashes)))


def _hash_leaf(fd: int, index: int, length: int) -> bytes:
    leaf = hashlib.sha256()
    for piece in _read_leaf(fd, index, length):
        leaf.update(piece)
    return leaf.digest()


def _read_leaf(fd: int, index: int, length: int) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(min(_READ_BYTES, max(length, 1))))
    position, end = index * LEAF_BYTES, index * LEAF_BYTES + length
    while position < end:
        read = os.preadv(fd, [buffer[: end - position]], position)
        if read == 0:
            raise EOFError(f"leaf {index} ends {end - position} bytes too early")
        yield buffer[:read]
        position += read


def _read_slots(slots: Path, length: int) -> list[bytes]:
    try:
        kept = slots.read_bytes()
    except FileNotFoundError:
        kept = b""
    count = leaf_count(length)
    kept = kept[: count * HASH_BYTES].ljust(count * HASH_BYTES, b"\0")
    return [kept[i : i + HASH_BYTES] for i in range(0, len(kept), HASH_BYTES)]
