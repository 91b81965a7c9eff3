"""What a look for traces found. It crosses a process boundary as JSON, and the process that writes it has
read a hostile file: every field is checked again on the way in.

A `Trace` tells of the sender, so it is sealed at once and stands in no log, no entry and no error of ours.
What stands in clear is a `Kind`, a `Clue`, a state: words from lists of ours.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from evidence.traces.kinds import CLUES, KINDS, Clue, Kind

MOST_TRACES = 200
LONGEST_VALUE = 2000
MOST_CHARACTERS = 100_000
"""Of all values together: escaped as JSON they stay below what the sandbox keeps of a child's words."""
LONGEST_PLACE = 80

_UNSEEN = re.compile(r"[^\x20-\x7e\xa0-\uffff]+")
_Word = TypeVar("_Word", bound=str)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class NonsenseError(ValueError):
    """The text is no answer of a look: the process that wrote it was misled or has been taken over."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing the original tells: of what kind, where in the file it stands, and what it says."""

    kind: Kind
    place: str
    value: str

    @classmethod
    def of(cls, kind: Kind, place: str, value: object) -> "Trace":
        """A trace from anything a library hands out, shortened to what may cross."""
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return cls(kind, _plain(place)[:LONGEST_PLACE] or "?", _plain(text)[:LONGEST_VALUE])


@dataclass(frozen=True, slots=True)
class Clock:
    """When the file says it was taken, ISO 8601; without `zoned`, by a clock of an unknown time zone."""

    said: str
    zoned: bool

    @property
    def at(self) -> datetime:
        """The time, in UTC where the zone is known and as if it were where it is not."""
        return datetime.fromisoformat(self.said).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """All that a look found. `manifest`: whether the file carries a C2PA manifest that is to be verified."""

    traces: tuple[Trace, ...]
    clues: tuple[Clue, ...]
    clock: Clock | None
    manifest: bool

    def to_json(self) -> dict[str, Any]:
        """The answer as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: object) -> "Found":
        """An answer from an untrusted JSON object. Raises `NonsenseError`, which tells nothing of it."""
        fields = _fields(raw, cls)
        clock = fields["clock"]
        if not isinstance(fields["manifest"], bool):
            raise NonsenseError("manifest")
        return cls(
            traces=tuple(_trace(one) for one in _list(fields["traces"], MOST_TRACES)),
            clues=tuple(_one_of(CLUES, one) for one in _list(fields["clues"], len(CLUES))),
            clock=None if clock is None else _clock(clock),
            manifest=fields["manifest"],
        )


def unique(traces: Iterable[Trace]) -> tuple[Trace, ...]:
    """Without what is said twice of one kind, and no more than may cross; the first of each kind stay.

    A file that talks without end loses what it says last, not what it says.
    """
    said: dict[tuple[Kind, str], Trace] = {}
    for trace in traces:
        said.setdefault((trace.kind, trace.value), trace)
    first = {trace.kind: trace for trace in reversed(said.values())}
    rest = [trace for trace in said.values() if first[trace.kind] is not trace]
    kept, left = list(first.values()), MOST_CHARACTERS - sum(len(trace.value) for trace in first.values())
    for trace in rest[: MOST_TRACES - len(first)]:
        left -= len(trace.value)
        if left < 0:
            break
        kept.append(trace)
    return tuple(kept)


def _trace(raw: object) -> Trace:
    fields = _fields(raw, Trace)
    place, value = fields["place"], fields["value"]
    for text, longest in ((place, LONGEST_PLACE), (value, LONGEST_VALUE)):
        if not isinstance(text, str) or len(text) > longest or _UNSEEN.search(text):
            raise NonsenseError("trace")
    return Trace(_one_of(KINDS, fields["kind"]), place, value)


def _clock(raw: object) -> Clock:
    fields = _fields(raw, Clock)
    said, zoned = fields["said"], fields["zoned"]
    if not isinstance(said, str) or len(said) > 40 or not isinstance(zoned, bool):
        raise NonsenseError("clock")
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise NonsenseError("clock") from None
    if at.tzinfo is None or not _EARLIEST <= at <= _LATEST:
        raise NonsenseError("clock")
    return Clock(said, zoned)


def _one_of(known: tuple[_Word, ...], raw: object) -> _Word:
    for word in known:
        if word == raw:
            return word
    raise NonsenseError("an unknown word")


def _fields(raw: object, shape: type) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or set(raw) != set(shape.__match_args__):  # type: ignore[attr-defined]
        raise NonsenseError(f"not the fields of {shape.__name__}")
    return raw


def _list(raw: object, most: int) -> list[object]:
    if not isinstance(raw, list | tuple) or len(raw) > most:
        raise NonsenseError("not a short list")
    return list(raw)


def _plain(text: str) -> str:
    return _UNSEEN.sub(" ", text).strip()
