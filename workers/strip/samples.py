"""Every byte of the media data belongs to one sample, and every table speaks of those samples and no others.

The tables are read row by row and the samples in the order in which they lie, so that a film of many
gigabytes takes no more memory than its largest picture.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice, repeat
from typing import BinaryIO

from workers.strip.boxes import Box, read
from workers.strip.header import TABLE, Header, Track
from workers.strip.tables import MOST_ROWS, row_count, rows
from workers.strip.unclean import UncleanError
from workers.strip.units import Coding, prove_samples

_ONE, _PAIR, _TRIPLE, _WIDE = (struct.Struct(code) for code in (">I", ">II", ">III", ">Q"))
_MOST_IN_CHUNK = 1 << 20
_MOST_EDITS = 2
_NORMAL_SPEED = 1 << 16
_EMPTY_EDIT = -1
_HIDDEN_SECONDS = 0.5
_HIDDEN_FRAMES = 4
"""What an edit list may leave out: the reordering of a few frames, or the priming of a coder of sound."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    offset: int
    sizes: "array[int]"
    coding: Coding


def prove_samples_of(file: BinaryIO, header: Header, mdat: Box) -> None:
    """Prove tables and media data of a film that is one piece. Raises `UncleanError`."""
    for track in header.tracks:
        prove_tables(file, header, track)
    at = mdat.start
    for chunk in merge(*(_chunks(file, track) for track in header.tracks), key=lambda chunk: chunk.offset):
        if chunk.offset != at:
            raise UncleanError("mdat holds bytes of no sample, or of two")
        at = prove_samples(file, at, chunk.sizes, chunk.coding)
    if at != mdat.end:
        raise UncleanError("mdat holds bytes of no sample")


def prove_tables(file: BinaryIO, header: Header, track: Track) -> None:
    """Prove that what describes a track's samples describes each once. Raises `UncleanError`."""
    samples = row_count(file, track.table("stsz"), 12)
    for kind in ("stts", "ctts", "sbgp"):
        if kind in track.boxes:
            _prove_counts(file, track.boxes[kind], samples)
    if "stss" in track.boxes:
        _prove_keys(file, track.boxes["stss"], samples)
    if "sdtp" in track.boxes:
        _prove_dependencies(file, track.boxes["sdtp"], samples)
    if "elst" in track.boxes:
        _prove_edits(file, header, track, samples)


def _prove_counts(file: BinaryIO, box: Box, samples: int) -> None:
    """Tables of runs: (how many samples, what of them)."""
    before = 8
    if box.kind == "sbgp":
        before = 12
        if read(file, Box(box.path, box.start, min(box.length, 8)))[4:] != b"roll":
            raise UncleanError(box.path)
    if sum(count for count, _ in rows(file, box, _PAIR, before)) != samples:
        raise UncleanError(box.path)


def _prove_keys(file: BinaryIO, box: Box, samples: int) -> None:
    last = 0
    for (number,) in rows(file, box, _ONE):
        if not last < number <= samples:
            raise UncleanError(box.path)
        last = number


def _prove_dependencies(file: BinaryIO, box: Box, samples: int) -> None:
    """8.6.4: ffmpeg tells of each sample whether others refer to it, and nothing else."""
    if box.length != 4 + samples:
        raise UncleanError(box.path)
    at, end = box.start + 4, box.end
    while at < end:
        file.seek(at)
        piece = file.read(min(end - at, 1 << 16))
        if piece.translate(None, b"\0\4\x08"):
            raise UncleanError(box.path)
        at += len(piece)


def _prove_edits(file: BinaryIO, header: Header, track: Track, samples: int) -> None:
    """An edit list (8.6.6) may shift a track; it may hide no footage."""
    box = track.boxes["elst"]
    body = read(file, box)
    layout = struct.Struct(">Qqi" if body[0] else ">Iii")
    count = (len(body) - 8) // layout.size
    if body[:4] not in (bytes(4), b"\1\0\0\0") or body[4:8] != _ONE.pack(count) or count > _MOST_EDITS:
        raise UncleanError(box.path)
    edits = list(layout.iter_unpack(body[8:]))
    shown = [(length, time) for length, time, _ in edits if time != _EMPTY_EDIT]
    if any(speed != _NORMAL_SPEED for *_, speed in edits) or len(shown) > 1:
        raise UncleanError(box.path)
    of_film, _ = _clock(read(file, header.boxes["mvhd"]))
    of_track, stored = _clock(read(file, track.boxes["mdhd"]))
    if not of_film or not of_track:
        raise UncleanError(box.path)
    allowed = max(_HIDDEN_SECONDS, _HIDDEN_FRAMES * stored / of_track / max(samples, 1))
    first, last = _shown_between(file, track) if samples and "ctts" in track.boxes else (0, stored)
    for length, time in shown:
        before = (time - first) / of_track
        after = (last - time) / of_track - length / of_film
        if time < 0 or before > allowed or (samples and after > allowed):
            raise UncleanError(f"{box.path} hides footage")


def _shown_between(file: BinaryIO, track: Track) -> tuple[int, int]:
    """When the first and the last picture is shown of a film coded out of order, by its clock (8.6.1.3).

    Such a film begins as late as its first pictures lie apart, and hides nothing by it: a camera that started
    slowly lets a second pass between two. The counts of both tables were proven.
    """
    steps = rows(file, track.table("stts"), _PAIR)
    first, last = None, 0
    at, left, step = 0, 0, 0
    for count, wait in rows(file, track.boxes["ctts"], _PAIR):
        if count:  # within a run time goes on: its first is its earliest
            first = at + wait if first is None else min(first, at + wait)
        wanted = count
        while wanted:
            if not left:
                left, step = next(steps)
            taken = min(left, wanted)
            at, left, wanted = at + taken * step, left - taken, wanted - taken
            last = max(last, at - step + wait if taken else 0)
    return first or 0, last


def _clock(body: bytes) -> tuple[int, int]:
    """Units a second and length in units, of a film or a track."""
    scale, length = struct.unpack_from(">IQ" if body[0] else ">II", body, 20 if body[0] else 12)
    return scale, length


def _chunks(file: BinaryIO, track: Track) -> Iterator[_Chunk]:
    """A track's chunks in the order of its table."""
    offsets = track.boxes.get("stco") or track.table("co64")
    sizes = _sizes(file, track.table("stsz"))
    per_chunk = _per_chunk(file, track.table("stsc"), row_count(file, offsets))
    for (offset,) in rows(file, offsets, _ONE if offsets.kind == "stco" else _WIDE):
        count = next(per_chunk, 0)
        chunk = array("I", islice(sizes, count))
        if not count or len(chunk) != count:
            raise UncleanError(offsets.path)
        yield _Chunk(offset, chunk, track.coding)
    if next(sizes, None) is not None:
        raise UncleanError(f"{TABLE}/stsz")


def _sizes(file: BinaryIO, box: Box) -> Iterator[int]:
    """The size of each sample in bytes (8.7.3.2); they may all have one."""
    head = read(file, Box(box.path, box.start, min(box.length, 12)))
    fixed, count = struct.unpack_from(">II", head, 4)
    if fixed:
        if box.length != 12 or count > MOST_ROWS:
            raise UncleanError(box.path)
        return repeat(fixed, count)
    return (size for (size,) in rows(file, box, _ONE, 12))


def _per_chunk(file: BinaryIO, box: Box, chunks: int) -> Iterator[int]:
    """How many samples each chunk has (8.7.4): a row is good until the next row's first chunk."""
    at, count = 1, 0
    for first, samples, description in rows(file, box, _TRIPLE):
        fits = first == 1 if not count else at < first
        if not fits or first > chunks or not 1 <= samples <= _MOST_IN_CHUNK or description != 1:
            raise UncleanError(box.path)
        for _ in range(first - at):
            yield count
        at, count = first, samples
    while count:
        yield count
