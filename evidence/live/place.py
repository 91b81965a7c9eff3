"""Where a sender said it was: a line of JSON for each fix of its phone, and nothing between two of them.

Derived for others' programs: GPX 1.1 (https://www.topografix.com/GPX/1/1/), a point for each fix, and WebVTT
(https://www.w3.org/TR/webvtt1/), a cue from each fix to the next, over all parts of the film as one.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

# A fix takes a hundred characters. Whoever sends more is no page of ours.
_MOST_LINE_BYTES = 1000
_FIELDS = ("fix_ms", "media_ms", "lat", "lon", "accuracy_m")
_MOST_MILLISECONDS = 4_102_444_800_000
# A fix says nothing of a minute later.
LONGEST_CUE_MS = 10_000


@dataclass(frozen=True)
class Fix:
    """Latitude and longitude in degrees (WGS 84), `accuracy` in metres.

    `at` is when the phone took it, `media_ms` the same since the film's first part began; before that it is
    negative.
    """

    at: datetime
    media_ms: int
    lat: float
    lon: float
    accuracy: float

    @classmethod
    def read(cls, line: bytes) -> Self | None:
        """Read one line; None where it is none."""
        try:
            told = json.loads(line if len(line) <= _MOST_LINE_BYTES else b"")
            numbers = [float(told[name]) for name in _FIELDS]
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return None
        fix_ms, media_ms, lat, lon, accuracy = numbers
        if not all(map(math.isfinite, numbers)) or not 0 <= fix_ms <= _MOST_MILLISECONDS:
            return None
        if abs(media_ms) > _MOST_MILLISECONDS or abs(lat) > 90 or abs(lon) > 180 or accuracy < 0:
            return None
        return cls(datetime.fromtimestamp(fix_ms / 1000, UTC), round(media_ms), lat, lon, accuracy)


def read_track(lines: Iterable[bytes]) -> tuple[list[Fix], int]:
    """Return the fixes of a track, in its order, and how many lines were none: the last may be cut short."""
    read = [Fix.read(line) for line in lines if line.strip()]
    fixes = [fix for fix in read if fix is not None]
    return fixes, len(read) - len(fixes)


def gpx(fixes: Sequence[Fix]) -> str:
    """Return the track as GPX; accuracy, for which it has no element, as a comment of each point."""
    points = "".join(
        f'<trkpt lat="{fix.lat:.7f}" lon="{fix.lon:.7f}">'
        f"<time>{fix.at.isoformat(timespec='milliseconds')}</time>"
        f"<cmt>within {fix.accuracy:.0f} m</cmt></trkpt>\n"
        for fix in fixes
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Tipline" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><trkseg>\n{points}</trkseg></trk>\n</gpx>\n"
    )


@dataclass(frozen=True)
class Shown:
    """What a film shows from `at_ms` on: `milliseconds` of what was recorded from `began_at` on."""

    began_at: datetime
    at_ms: int
    milliseconds: int

    def moment(self, at: datetime) -> int | None:
        """Return when the film shows what was recorded `at` that time; None where this is not it."""
        since = round((at - self.began_at).total_seconds() * 1000)
        return self.at_ms + since if 0 <= since < self.milliseconds else None


def vtt(fixes: Iterable[Fix], film: Sequence[Shown]) -> str:
    """Return the track as WebVTT: each cue holds a fix as JSON, until the next, and never long without one.

    What was fixed while nothing was filmed is left out.
    """
    placed = ((moment, fix) for fix in fixes for part in film if (moment := part.moment(fix.at)) is not None)
    return "WEBVTT\n" + "".join(_cues(sorted(placed, key=lambda one: one[0])))


def _cues(moments: Sequence[tuple[int, Fix]]) -> Iterator[str]:
    for place, (begins, fix) in enumerate(moments):
        following = [later for later, _ in moments[place + 1 : place + 2]]
        until = min(begins + LONGEST_CUE_MS, *following, begins + LONGEST_CUE_MS)
        if until > begins:
            told = json.dumps({"lat": fix.lat, "lon": fix.lon, "accuracy_m": fix.accuracy})
            yield f"\n{_time(begins)} --> {_time(until)}\n{told}\n"


def _time(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"
