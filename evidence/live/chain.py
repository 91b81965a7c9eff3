"""The chain that a sender makes over what it recorded: without a piece, or with another, it ends elsewhere.

h(0) is 32 zero bytes, h(i) = SHA-256(h(i-1) || SHA-256(piece i)). Pieces are as the recorder gave them out;
requests carry several of them, or half of one.
"""

import hashlib
from collections.abc import Callable, Sequence

START = bytes(32)
_READ_BYTES = 1024 * 1024


def link(previous: bytes, piece_sha256: bytes) -> bytes:
    """Return the chain's next value."""
    return hashlib.sha256(previous + piece_sha256).digest()


def chain_of(read: Callable[[int], bytes], lengths: Sequence[int]) -> bytes | None:
    """Return the chain over pieces of these `lengths` in bytes; None where the bytes are fewer, or more.

    `read` answers at most as many bytes as it is asked for, none at the end.
    """
    value = START
    for length in lengths:
        piece, rest = hashlib.sha256(), length
        while rest:
            got = read(min(rest, _READ_BYTES))
            if not got:
                return None
            piece.update(got)
            rest -= len(got)
        value = link(value, piece.digest())
    return None if read(1) else value
