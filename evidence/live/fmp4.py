"""Fragmented MP4 (ISO/IEC 14496-12) as Safari and ffmpeg write it: `moov`, then `moof` and `mdat` in turn.

A fragment counts as a key place where the film track's first sample in it is a sync sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from evidence.live.index import LONGEST_HEADER, Fault, Found, Mark

_NOT_SYNC = 0x10000
_DATA_OFFSET, _FIRST_FLAGS, _DURATION, _SIZE, _FLAGS = 0x1, 0x4, 0x100, 0x200, 0x400
_BASE, _DESCRIPTION, _DEFAULT_DURATION, _DEFAULT_SIZE, _DEFAULT_FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
_DAY_MS = 86_400_000


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise Fault
        size, name = _uint(data, at), data[at + 4 : at + 8]
        if size < 8 or at + size > len(data):
            raise Fault
        yield name, data[at + 8 : at + size]
        at += size


def _inside(data: bytes, *path: bytes) -> bytes | None:
    for wanted in path:
        found = next((content for name, content in _boxes(data) if name == wanted), None)
        if found is None:
            return None
        data = found
    return data


def _uint(data: bytes, at: int, length: int = 4) -> int:
    if at + length > len(data):
        raise Fault
    return int.from_bytes(data[at : at + length], "big")


@dataclass
class Mp4Scanner:
    """Goes through a fragmented MP4; `film` is the id of the track that is looked at."""

    film: int | None = None
    timescale: int = 1000
    default_flags: dict[int, int] = field(default_factory=dict)

    def step(self, at: int, data: bytes, found: Found) -> int | None:
        """Read one box of the top level, as `Scanner.step` says."""
        if len(data) < 16:
            return None
        size, name, begins = _uint(data, 0), data[4:8], 8
        if size == 1:
            size, begins = _uint(data, 8, 8), 16
        if size < begins or (at == 0 and name != b"ftyp"):
            raise Fault
        if name in (b"moov", b"moof"):
            if size > LONGEST_HEADER:
                raise Fault
            if len(data) < size:
                return None
            content = data[begins:size]
            if name == b"moov":
                self._movie(content)
                found.init_end = at + size
            else:
                self._fragment(at, content, found)
        return at + size

    def _movie(self, content: bytes) -> None:
        for name, track in _boxes(content):
            if name == b"trak":
                self._track(track)
            elif name == b"mvex":
                for child, extends in _boxes(track):
                    if child == b"trex":
                        self.default_flags[_uint(extends, 4)] = _uint(extends, 20)

    def _track(self, track: bytes) -> None:
        header, handler = _inside(track, b"tkhd"), _inside(track, b"mdia", b"hdlr")
        media = _inside(track, b"mdia", b"mdhd")
        if not (header and handler and media) or handler[8:12] != b"vide" or self.film is not None:
            return
        self.film = _uint(header, 20 if header[0] else 12)
        self.timescale = _uint(media, 20 if media[0] else 12) or 1000

    def _fragment(self, at: int, content: bytes, found: Found) -> None:
        for name, track in _boxes(content):
            if name != b"traf":
                continue
            header, decoded = _inside(track, b"tfhd"), _inside(track, b"tfdt")
            if not (header and decoded):
                continue
            track_id = _uint(header, 4)
            if self.film is not None and track_id != self.film:
                continue
            ticks = _uint(decoded, 4, 8 if decoded[0] else 4)
            time_ms = ticks * 1000 // self.timescale
            if time_ms > found.latest_ms + _DAY_MS:
                raise Fault
            last = found.latest_ms
            found.latest_ms = max(last, time_ms)
            if found.init_end is not None and self._begins_with_key(track_id, header, track):
                found.marks.append(Mark(at, max(time_ms, found.marks[-1].time_ms if found.marks else 0)))

    def _begins_with_key(self, track_id: int, header: bytes, track: bytes) -> bool:
        run = _inside(track, b"trun")
        if run is None:
            return False
        flags, default = _uint(run, 0) & 0xFFFFFF, self._default(track_id, header)
        place = 8 + (4 if flags & _DATA_OFFSET else 0)
        if flags & _FIRST_FLAGS:
            return not _uint(run, place) & _NOT_SYNC
        if flags & _FLAGS:
            place += (4 if flags & _DURATION else 0) + (4 if flags & _SIZE else 0)
            return not _uint(run, place) & _NOT_SYNC
        return not default & _NOT_SYNC

    def _default(self, track_id: int, header: bytes) -> int:
        flags = _uint(header, 0) & 0xFFFFFF
        if not flags & _DEFAULT_FLAGS:
            return self.default_flags.get(track_id, 0)
        steps = ((_BASE, 8), (_DESCRIPTION, 4), (_DEFAULT_DURATION, 4), (_DEFAULT_SIZE, 4))
        return _uint(header, 8 + sum(length for bit, length in steps if flags & bit))
