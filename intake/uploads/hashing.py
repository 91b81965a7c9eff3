"""Whole leaves hashed while their bytes pass by, so that nobody has to read them back."""

import hashlib

from evidence.spool import LEAF_BYTES


class PassingLeaves:
    """The hashes of the leaves of one upload that pass from their first byte to their last.

    `end` is the offset up to which bytes will pass, None while nobody knows. A leaf that began before, or
    that nobody saw pass whole, has no hash here; one that will not be whole at `end` is not hashed in vain.
    """

    __slots__ = ("_digests", "_end", "_hash", "_leaf_bytes", "_reached")

    def __init__(self, end: int | None, leaf_bytes: int = LEAF_BYTES) -> None:
        self._end = end
        self._leaf_bytes = leaf_bytes
        # The leaf that is passing, None where its beginning is unknown, and the offset up to which it did.
        self._hash: hashlib._Hash | None = None
        self._reached = 0
        self._digests: dict[int, bytes] = {}

    def passed(self, piece: bytes | memoryview, begin: int) -> None:
        """Note that a piece was written at the offset `begin`."""
        rest = memoryview(piece)
        while rest:
            index, within = divmod(begin, self._leaf_bytes)
            part = rest[: self._leaf_bytes - within]
            self._hash_part(part, begin, index)
            begin += len(part)
            rest = rest[len(part) :]

    def digest(self, index: int) -> bytes | None:
        """Return the 32 bytes of a leaf's SHA-256, once; None where it did not pass whole."""
        return self._digests.pop(index, None)

    def _hash_part(self, part: memoryview, begin: int, index: int) -> None:
        first = begin == index * self._leaf_bytes
        end = (index + 1) * self._leaf_bytes
        if first:
            self._hash = None if self._end is not None and self._end < end else hashlib.sha256()
        elif begin != self._reached:
            self._hash = None
        self._reached = begin + len(part)
        if self._hash is not None:
            self._hash.update(part)
            if self._reached == end:
                self._digests[index] = self._hash.digest()
                self._hash = None
