"""The Merkle tree of RFC 6962, section 2.1, over leaf hashes that are computed already."""

import hashlib
from collections.abc import Iterable, Sequence

from evidence.errors import Invalid


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees of a growing tree, largest first: all that an append needs.

    `peaks` has one root for each set bit of `size`.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise Invalid(f"A tree of {size} leaves cannot have {len(peaks)} peaks.", code="frontier")
        self.size = size
        self.peaks = list(peaks)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes of 32 bytes each."""
        for leaf in leaves:
            node, carry = leaf, self.size
            while carry & 1:
                node = node_hash(self.peaks.pop(), node)
                carry >>= 1
            self.peaks.append(node)
            self.size += 1

    def root(self) -> bytes:
        """Return the tree's head; of an empty tree it is SHA-256 of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        head = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            head = node_hash(peak, head)
        return head
