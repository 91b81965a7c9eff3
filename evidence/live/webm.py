"""WebM as browsers record it: a segment and clusters that say no length, since nobody knows it yet.

EBML is RFC 8794, Matroska RFC 9559. Chromium begins a cluster with each key picture, ffmpeg by the clock:
a cluster counts as a key place where it holds a key picture of the first film track.
"""

from dataclasses import dataclass

from evidence.live.index import LONGEST_HEADER, Fault, Found, Mark

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TIMESCALE, _TIMESTAMP = 0x2AD7B1, 0xE7
_TRACK, _NUMBER, _TYPE = 0xAE, 0xD7, 0x83
_SIMPLE_BLOCK, _GROUP, _BLOCK, _REFERENCE = 0xA3, 0xA0, 0xA1, 0xFB
_FILM = 1
_KEY = 0x80
# An element's id and size take 12 bytes at most, a block's track, time and flags 11 more.
_HEAD, _BLOCK_HEAD = 12, 11
_DAY_MS = 86_400_000


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int] | None:
    """Read a variable-length integer at `at`: its value and where it ends; None where it is cut short.

    A size with all bits set, which means unknown, is -1.
    """
    if at >= len(data):
        return None
    first = data[at]
    if first == 0:
        raise Fault
    length = 9 - first.bit_length()
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        ones = (1 << 7 * length) - 1
        value = -1 if value & ones == ones else value & ones
    return value, at + length


def _element(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Read an element's head: its id, the size of its content, and where that begins."""
    name = _number(data, at, keep_marker=True)
    size = name and _number(data, name[1], keep_marker=False)
    return (name[0], size[0], size[1]) if name and size else None


def _children(data: bytes) -> list[tuple[int, bytes]]:
    """Every element in the content of another, which is whole."""
    found, at = [], 0
    while at < len(data):
        head = _element(data, at)
        if head is None or head[1] < 0 or head[2] + head[1] > len(data):
            raise Fault
        found.append((head[0], data[head[2] : head[2] + head[1]]))
        at = head[2] + head[1]
    return found


@dataclass
class WebmScanner:
    """Goes through a WebM file; `film` is the number of the track that is looked at."""

    timescale: int = 1_000_000
    film: int | None = None
    cluster_at: int | None = None
    cluster_time: int = 0
    marked: bool = False

    def step(self, at: int, data: bytes, found: Found) -> int | None:
        """Read one element, as `Scanner.step` says."""
        head = _element(data, 0)
        if head is None:
            if len(data) >= _HEAD:
                raise Fault
            return None
        name, size, begins = head
        if at == 0 and name != _EBML:
            raise Fault
        if name == _SEGMENT:
            return at + begins
        if name == _CLUSTER:
            if found.init_end is None:
                found.init_end = at
            self.cluster_at, self.cluster_time, self.marked = at, 0, False
            return at + begins
        if size < 0:
            raise Fault
        if name in (_INFO, _TRACKS, _TIMESTAMP, _GROUP):
            return self._whole(name, at, data, begins, size, found)
        if name == _SIMPLE_BLOCK:
            if len(data) < begins + min(size, _BLOCK_HEAD):
                return None
            self._block(data[begins : begins + min(size, _BLOCK_HEAD)], None, found)
        return at + begins + size

    def _whole(self, name: int, at: int, data: bytes, begins: int, size: int, found: Found) -> int | None:
        if name == _GROUP and size > LONGEST_HEADER:
            return at + begins + size  # a picture of a megabyte: passed over
        if size > LONGEST_HEADER:
            raise Fault
        if len(data) < begins + size:
            return None
        content = data[begins : begins + size]
        if name == _TIMESTAMP:
            self.cluster_time = int.from_bytes(content, "big")
        elif name == _INFO:
            scales = [
                int.from_bytes(value, "big") for child, value in _children(content) if child == _TIMESCALE
            ]
            self.timescale = scales[0] if scales and scales[0] else self.timescale
        elif name == _TRACKS:
            self._tracks(content)
        else:
            group = dict(reversed(_children(content)))
            if _BLOCK in group:
                self._block(group[_BLOCK][:_BLOCK_HEAD], _REFERENCE not in group, found)
        return at + begins + size

    def _tracks(self, content: bytes) -> None:
        for name, entry in _children(content):
            if name != _TRACK:
                continue
            about = dict(_children(entry))
            if int.from_bytes(about.get(_TYPE, b""), "big") == _FILM and self.film is None:
                self.film = int.from_bytes(about.get(_NUMBER, b""), "big")

    def _block(self, head: bytes, key: bool | None, found: Found) -> None:
        track = _number(head, 0, keep_marker=False)
        if track is None or len(head) < track[1] + 3 or self.cluster_at is None:
            raise Fault
        number, after = track
        if self.film is not None and number != self.film:
            return
        ticks = self.cluster_time + int.from_bytes(head[after : after + 2], "big", signed=True)
        time_ms = max(0, ticks) * self.timescale // 1_000_000
        if time_ms > found.latest_ms + _DAY_MS:
            raise Fault
        found.latest_ms = max(found.latest_ms, time_ms)
        is_key = bool(head[after + 2] & _KEY) if key is None else key
        if is_key and not self.marked:
            self.marked = True
            last = found.marks[-1].time_ms if found.marks else 0
            # Times that run backwards would make a search by time lie.
            found.marks.append(Mark(self.cluster_at, max(time_ms, last)))
