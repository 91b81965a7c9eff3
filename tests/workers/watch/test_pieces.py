"""A file that grows is read piece by piece, wherever the writer is just then."""

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from workers.watch.pieces import Growing


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


FIRST = box(b"ftyp", b"isom") + box(b"moov", b"what to expect")
PIECES = [FIRST, *(box(b"moof", bytes([n]) * n) + box(b"mdat", bytes(7 * n)) for n in range(1, 6))]


@given(st.lists(st.integers(0, len(b"".join(PIECES))), max_size=12))
def test_whenever_it_is_looked_at_each_piece_comes_whole_once_in_order(cuts: list[int]) -> None:
    content = b"".join(PIECES)
    found: list[bytes] = []
    with TemporaryDirectory() as place:
        path = Path(place, "growing.mp4")
        growing = Growing(path)
        for cut in [*sorted(cuts), len(content)]:
            path.write_bytes(content[:cut])
            found += growing.whole()
    assert found == PIECES


def test_a_file_that_is_not_there_yet_has_no_pieces(tmp_path: Path) -> None:
    assert list(Growing(tmp_path / "later").whole()) == []
