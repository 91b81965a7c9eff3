"""What the public door may do with broadcasts. It brings the secrets: the database keeps their hashes."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from evidence.db.connect import Connection
from evidence.live.keys import SessionKeys
from evidence.live.prompt import open_prompt
from evidence.live.refusals import refusals, unknown_session
from evidence.live.session import How, PartKind, Source, State, Why

# What leads to the tip: the token of a tip just opened, nine words' lookup value, a link, a camera's grant.
Way = Literal["tip", "receipt", "link", "relay"]
HowStopped = Literal["silence", "limit"]


@dataclass(frozen=True)
class Limits:
    """What one session may have; `at_once` is how many sessions may run."""

    minutes: int
    max_bytes: int
    at_once: int


@dataclass(frozen=True)
class Look:
    """How a session stands, as its sender may know; `ends_in` in seconds."""

    session_id: UUID
    source: Source
    state: State
    how: How | None
    ends_in: int
    max_bytes: int
    opened_at: datetime


@dataclass(frozen=True)
class Beat:
    """What a sender says each second: `delivered` and `seen` are numbers of prompts, 0 for none."""

    behind_ms: int
    pending_bytes: int
    delivered: int
    seen: int
    visible: bool


@dataclass(frozen=True)
class Ticked:
    """A session that is not settled; no beat came `silent_for` seconds.

    `open`: its uploads that are no media yet; `size`: the bytes of those that are; `gone`: those that, in a
    closed session, ended without.
    """

    session_id: UUID
    live: bool
    closed: bool
    silent_for: float
    max_bytes: int
    size: int
    open: list[UUID]
    gone: list[UUID]


def look(conn: Connection, keys: SessionKeys) -> Look | None:
    """Say how a session stands; None where there is none."""
    row = conn.execute("SELECT intake_live_look(%s)", [keys.token]).fetchone()
    return _look(row[0]) if row and row[0] else None


def open_session(
    conn: Connection, keys: SessionKeys, way: Way, key: bytes, *, terms: str, language: str, limits: Limits
) -> UUID:
    """Open a session in the caller's transaction, or find the one with these keys; returns its id.

    `key` is what `way` says, in clear. Raises `NotFound` (`unknown_tip`), `LiveFull`, `Gone` (`link_used`),
    `Forbidden` (`consent_not_given`).
    """
    with refusals():
        row = conn.execute(
            "SELECT intake_live_open(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                way, key, keys.token, keys.prompt_public_key, terms, language, limits.minutes,
                limits.max_bytes, limits.at_once,
            ],
        ).fetchone()  # fmt: skip
    if row is None:
        raise RuntimeError("intake_live_open answered no row")
    return UUID(str(row[0]))


def note_part(
    conn: Connection,
    keys: SessionKeys,
    sequence: int,
    upload_id: UUID,
    *,
    kind: PartKind,
    mime: str,
    began_at: datetime,
    why: Why,
    expires_at: datetime,
    most: int,
) -> UUID:
    """Note a part and its upload; returns the upload of that number, which may be there already.

    Raises `NotFound` (`unknown_live`), `LiveClosed`, `TooMany` (`live_too_many`).
    """
    with refusals():
        row = conn.execute(
            "SELECT intake_live_part(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [keys.token, sequence, upload_id, kind, mime, began_at, why, expires_at, most],
        ).fetchone()
    if row is None:
        raise RuntimeError("intake_live_part answered no row")
    return UUID(str(row[0]))


def upload_of(conn: Connection, keys: SessionKeys, sequence: int) -> UUID | None:
    """Return the upload of a part; None where there is no such part."""
    row = conn.execute("SELECT intake_live_part_upload(%s, %s)", [keys.token, sequence]).fetchone()
    return UUID(str(row[0])) if row and row[0] else None


def end_part(
    conn: Connection,
    keys: SessionKeys,
    sequence: int,
    *,
    size: int,
    lengths: list[int],
    chain: bytes,
    holds: bool | None,
) -> bool:
    """Note what the sender says of a part that it has sent; the first word stands. False: no such part."""
    row = conn.execute(
        "SELECT intake_live_part_end(%s, %s, %s, %s, %s, %s)",
        [keys.token, sequence, size, lengths, chain, holds],
    ).fetchone()
    return bool(row and row[0])


def beat(conn: Connection, keys: SessionKeys, said: Beat) -> tuple[Look, list[tuple[int, str]]]:
    """Note that the sender is there; answer how it stands, and prompts (sequence, text) not delivered yet.

    Raises `NotFound` (`unknown_live`).
    """
    row = conn.execute(
        "SELECT intake_live_beat(%s, %s, %s, %s, %s, %s)",
        [keys.token, said.behind_ms, said.pending_bytes, said.delivered, said.seen, said.visible],
    ).fetchone()
    if row is None or row[0] is None:
        raise unknown_session()
    told: dict[str, Any] = row[0]
    private_key = keys.prompt_private_key
    prompts = [
        (int(prompt["sequence"]), open_prompt(private_key, base64.b64decode(prompt["sealed"])))
        for prompt in told["prompts"]
    ]
    return _look(told), prompts


def end_session(conn: Connection, keys: SessionKeys, parts: int) -> Look:
    """Say that the sender has stopped, after so many parts; safe to repeat.

    Raises `NotFound` (`unknown_live`).
    """
    row = conn.execute("SELECT intake_live_end(%s, %s)", [keys.token, parts]).fetchone()
    if row is None or row[0] is None:
        raise unknown_session()
    return _look(row[0])


def is_closed(conn: Connection, upload_id: UUID) -> bool:
    """Whether an upload is part of a session that takes no byte more."""
    row = conn.execute("SELECT intake_live_closed(%s)", [upload_id]).fetchone()
    return bool(row and row[0])


def tick(conn: Connection, *, whole: bool, upload_hours: int) -> list[Ticked]:
    """Do what time alone brings about, and return what is not settled.

    `whole` looks at what has only ended, too: that may wait for its sender for `upload_hours`.
    """
    rows = conn.execute(
        "SELECT session_id, live, closed, silent_for, max_bytes, bytes, open, gone"
        " FROM intake_live_tick(%s, %s)",
        [whole, upload_hours],
    ).fetchall()
    return [Ticked(*row) for row in rows]


def stop(conn: Connection, session_id: UUID, how: HowStopped) -> bool:
    """End a session whose sender is silent, or close one over its limit of bytes; False: it was so before."""
    row = conn.execute("SELECT intake_live_stop(%s, %s)", [session_id, how]).fetchone()
    return bool(row and row[0])


def _look(told: dict[str, Any]) -> Look:
    return Look(
        session_id=UUID(told["session"]),
        source=cast(Source, told["source"]),
        state=cast(State, told["state"]),
        how=cast(How | None, told["how"]),
        ends_in=int(told["ends_in_s"]),
        max_bytes=int(told["max_bytes"]),
        opened_at=datetime.fromisoformat(told["opened_at"]),
    )
