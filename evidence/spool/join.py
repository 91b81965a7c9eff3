"""Partial uploads joined into one, in an order that never changes.

What the joined file holds at each offset follows from its parts alone. So joining can stop anywhere, be
taken up by anybody where the file ends, and even be done by two at once: both write the same bytes.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from evidence.spool.copying import copy_range
from evidence.spool.layout import Files, opened
from evidence.spool.leaves import LEAF_BYTES, keep_leaf


def join(target: Files, parts: Sequence[Path]) -> Iterator[int]:
    """Append what the target still lacks of its parts, yielding its size after each step of a leaf at most.

    Whoever stops asking stops the joining; what was joined stays. Each leaf is hashed while its bytes are in
    memory. Raises `FileNotFoundError` where a part or the target is gone, or `DiskFull`.
    """
    with opened(target.bytes, os.O_WRONLY) as sink:
        position = os.fstat(sink).st_size
        begin = 0
        for part in parts:
            with opened(part, os.O_RDONLY) as source:
                end = begin + os.fstat(source).st_size
                while position < end:
                    leaf = position // LEAF_BYTES
                    most = min(end, (leaf + 1) * LEAF_BYTES) - position
                    position += copy_range(source, position - begin, sink, position, most)
                    if position % LEAF_BYTES == 0:
                        keep_leaf(target, leaf)
                    yield position
            begin = end
