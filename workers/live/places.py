"""Where a broadcast was filmed: its sender's fixes, and what is drawn from them.

A line of JSON for each fix the phone gave. From them follow WebVTT (W3C, WebVTT: The Web Video Text Tracks
Format), which a player shows beside the film, and GPX 1.1 (topografix.com/GPX/1/1), which maps take. Nothing
is put between two fixes: where the phone was then, nobody said.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

TRACK, MAP = "track-1", "map-1"
MOST_FIXES = 20_000
LONGEST_CUE_MS = 10_000
"""A fix says nothing of a minute later."""

_FIELDS = ("fix_ms", "media_ms", "film", "lat", "lon", "accuracy_m")
_LATEST_MS = 4_102_444_800_000


@dataclass(frozen=True)
class Fix:
    """One fix: degrees of WGS 84, and metres within which the phone is to 68 %.

    `at` is by the phone's clock; `media_ms` counts from the beginning of part `film`.
    """

    at: datetime
    film: int
    media_ms: int
    latitude: float
    longitude: float
    accuracy_m: float


def read_fixes(text: bytes) -> list[Fix]:
    """Return what the lines say, in their order; a line that is no fix is passed over.

    The last may be cut short, and whoever wrote them may have written anything.
    """
    fixes = (_read(line) for line in text.splitlines()[:MOST_FIXES])
    return [fix for fix in fixes if fix is not None]


def _read(line: bytes) -> Fix | None:
    try:
        told = json.loads(line)
        fix_ms, media_ms, film, latitude, longitude, accuracy = (_number(told, name) for name in _FIELDS)
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    possible = (
        0 < fix_ms < _LATEST_MS
        and abs(media_ms) < _LATEST_MS
        and 0 < film < 10_000
        and abs(latitude) <= 90
        and abs(longitude) <= 180
        and 0 <= accuracy < 1e8
    )
    if not possible:
        return None
    at = datetime.fromtimestamp(fix_ms / 1000, UTC)
    return Fix(at, int(film), int(media_ms), latitude, longitude, accuracy)


def _number(told: object, name: str) -> float:
    value = told[name] if isinstance(told, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(name)
    return float(value)


def to_webvtt(fixes: Iterable[Fix], begins_ms: Mapping[int, int]) -> str:
    """Return the fixes as cues over the joined copy; `begins_ms` says where each part stands in it.

    A cue lasts until the next fix, and never longer than `LONGEST_CUE_MS`.
    """
    placed = ((begins_ms[fix.film] + max(0, fix.media_ms), fix) for fix in fixes if fix.film in begins_ms)
    moments = sorted(placed, key=lambda moment: moment[0])
    cues = ["WEBVTT\n"]
    for place, (at_ms, fix) in enumerate(moments):
        following = (later for later, _ in moments[place + 1 : place + 2])
        until = min(at_ms + LONGEST_CUE_MS, *following, at_ms + LONGEST_CUE_MS)
        if until > at_ms:
            cues.append(f"{_clock(at_ms)} --> {_clock(until)}\n{_words(fix)}\n")
    return "\n".join(cues)


def to_gpx(fixes: Iterable[Fix]) -> bytes:
    """Return the fixes as a track."""
    gpx = Element("gpx", version="1.1", creator="tipline", xmlns="http://www.topografix.com/GPX/1/1")
    segment = SubElement(SubElement(gpx, "trk"), "trkseg")
    for fix in fixes:
        point = SubElement(segment, "trkpt", lat=f"{fix.latitude:.7f}", lon=f"{fix.longitude:.7f}")
        SubElement(point, "time").text = fix.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        SubElement(point, "cmt").text = f"within {fix.accuracy_m:.0f} m"
    indent(gpx)
    return bytes(tostring(gpx, encoding="utf-8", xml_declaration=True)) + b"\n"


def _words(fix: Fix) -> str:
    return f"{fix.latitude:.5f}, {fix.longitude:.5f} within {fix.accuracy_m:.0f} m"


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
