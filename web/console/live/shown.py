"""A broadcast as a page shows it, and as its player asks how it stands."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import EvidenceError, Unavailable
from evidence.live import session as sessions
from evidence.live.prompt import open_prompt, prompts_of
from evidence.live.session import LiveSession, Part
from evidence.reviewers.reviewer import Reviewer, names_of_actors
from evidence.reviewers.roles import Act
from web.console.house import house

# A phone that was without a signal for so long gives its place on the wall to those that are there.
GONE_AFTER_SECONDS = 60


@dataclass(frozen=True)
class ShownPart:
    """A part, the bytes of it that are here now, and for how long none came (in ms; 0 once it is over)."""

    part: Part
    size: int
    quiet_ms: int

    @property
    def json(self) -> dict[str, Any]:
        """As the player reads it."""
        part = self.part
        return {
            "sequence": part.sequence,
            "kind": part.kind,
            "mime": part.mime,
            "began_at": round(part.began_at.timestamp() * 1000),
            "why": part.why,
            "bytes": self.size,
            "ended": part.ended_at is not None or part.settled,
            "settled": part.settled,
        }


@dataclass(frozen=True)
class ShownPrompt:
    """What somebody asked of the sender; `text` is None where it cannot be read."""

    sequence: int
    author: str
    text: str | None
    at: datetime
    delivered: bool
    seen: bool

    @property
    def standing(self) -> str:
        """How far it is."""
        return "seen" if self.seen else "delivered" if self.delivered else "sent"

    @property
    def json(self) -> dict[str, Any]:
        """As the page reads it."""
        return {**vars(self), "at": self.at.isoformat()}


@dataclass(frozen=True)
class Shown:
    """One session with its films."""

    session: LiveSession
    parts: list[ShownPart]

    @property
    def seconds(self) -> int:
        """How long it has run, or did."""
        until = self.session.ended_at or datetime.now(UTC)
        return max(0, round((until - self.session.opened_at).total_seconds()))

    @property
    def silent_seconds(self) -> int:
        """For how long its sender has said nothing; 0 once it is over."""
        session = self.session
        if session.ended_at is not None or not session.offline:
            return 0
        return max(0, round((datetime.now(UTC) - (session.beat_at or session.opened_at)).total_seconds()))

    @property
    def gone(self) -> bool:
        """Whether its sender may never come back: a killed phone, an empty battery."""
        return self.silent_seconds >= GONE_AFTER_SECONDS

    @property
    def json(self) -> dict[str, Any]:
        """As the player asks for it."""
        session = self.session
        ended = session.ended_at is not None
        newest = [part for part in self.parts if part.size][-1:]
        return {
            "session": str(session.id),
            "state": session.state,
            "how": session.how,
            "offline": session.offline and not ended,
            "behind_ms": session.behind_ms or 0,
            "pending_bytes": session.pending_bytes or 0,
            "silent_seconds": self.silent_seconds,
            "quiet_ms": 0 if ended else sum(part.quiet_ms for part in newest),
            "opened_at": session.opened_at.isoformat(),
            "seconds": self.seconds,
            "parts": [part.json for part in self.parts],
        }


def shown(conn: Connection, session: LiveSession) -> Shown:
    """Return a session as it stands now."""
    growth = house().growth
    films = [part for part in sessions.parts_of(conn, session.id) if part.kind == "film"]
    return Shown(session, [_shown_part(part, growth) for part in films])


def running(conn: Connection) -> list[Shown]:
    """Return what runs just now, the oldest first; behind them those whose sender is gone."""
    return sorted((shown(conn, session) for session in sessions.running(conn)), key=lambda one: one.gone)


def prompts(conn: Connection, session: LiveSession, reader: Reviewer) -> list[ShownPrompt]:
    """Return what was asked of a sender, oldest first; nothing for who reads no messages."""
    if not reader.may(Act.READ_MESSAGES):
        return []
    asked = prompts_of(conn, session.id)
    people: Mapping[str, str] = names_of_actors(conn, {prompt.author for prompt in asked})
    return [
        ShownPrompt(
            prompt.sequence,
            people.get(prompt.author, "A colleague"),
            _text(prompt.sealed_agency),
            prompt.at,
            prompt.delivered_at is not None,
            prompt.seen_at is not None,
        )
        for prompt in asked
    ]


def _text(sealed: bytes) -> str | None:
    try:
        return open_prompt(house().settings.agency_private_key, sealed)
    except EvidenceError:
        return None


def _shown_part(part: Part, growth: Callable[[UUID], tuple[int, float]] | None) -> ShownPart:
    if part.media_bytes is not None or growth is None:
        return ShownPart(part, part.media_bytes or part.bytes or 0, 0)
    try:
        size, touched = growth(part.upload_id)
    except (FileNotFoundError, Unavailable):
        return ShownPart(part, part.bytes or 0, 0)
    quiet = 0 if part.ended_at else max(0, round((time.time() - touched) * 1000))
    return ShownPart(part, size, quiet)
