"""Broadcasts and their parts, as staff see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import NotFound
from evidence.live.refusals import refusals

Source = Literal["phone", "camera"]
# How recording came to its end, or the whole session; `complete` closes what had ended before.
How = Literal["citizen", "staff", "consent", "limit", "silence", "complete"]
State = Literal["live", "ended", "closed"]
PartKind = Literal["film", "place"]
Why = Literal["start", "resize", "camera", "bitrate", "backlog", "minutes", "resumed"]
PART_KINDS: tuple[PartKind, ...] = get_args(PartKind)
WHYS: tuple[Why, ...] = get_args(Why)

PLACE_MIME = "application/jsonl"

# A sender beats each second; one that has been silent for longer is shown as offline.
OFFLINE_AFTER_SECONDS = 3


@dataclass(frozen=True)
class LiveSession:
    """One broadcast; times are aware, in UTC.

    `ended_at`: recording is over, what the sender still holds may come. `closed_at`: no byte is taken any
    more. `settled_at`: every part is a media, or came to nothing. `behind_ms` and `pending_bytes` are what
    the sender said last, `offline` whether it has been silent since. `parts` is how many it says there are,
    once it has ended.
    """

    id: UUID
    tip_id: UUID
    source: Source
    prompt_key: bytes
    opened_at: datetime
    ends_by: datetime
    max_bytes: int
    ended_at: datetime | None
    how_ended: How | None
    closed_at: datetime | None
    how_closed: How | None
    settled_at: datetime | None
    parts: int | None
    beat_at: datetime | None
    offline: bool
    behind_ms: int | None
    pending_bytes: int | None
    visible: bool | None
    place: bool
    consent_id: UUID | None

    @property
    def state(self) -> State:
        """Whether it is live, only ended, or closed."""
        if self.closed_at is not None:
            return "closed"
        return "live" if self.ended_at is None else "ended"

    @property
    def how(self) -> How | None:
        """How it came to an end, None while it is live."""
        return self.how_ended if self.how_closed in (None, "complete") else self.how_closed


@dataclass(frozen=True)
class Part:
    """One upload of a session. `mime` is as its sender said, `began_at` by the sender's clock.

    `ended_at`, `bytes` and `chain_holds` are known once the sender has said what it sent. `settled` says that
    the upload is over: as a media of `media_bytes`, where there is a `media_id`.
    """

    session_id: UUID
    sequence: int
    upload_id: UUID
    kind: PartKind
    mime: str
    began_at: datetime
    why: Why
    opened_at: datetime
    ended_at: datetime | None
    bytes: int | None
    chain_holds: bool | None
    settled: bool
    media_id: UUID | None
    media_bytes: int | None


_SESSION = (
    "id, tip_id, source, prompt_key, opened_at, ends_by, max_bytes, ended_at, how_ended, closed_at,"
    " how_closed, settled_at, parts, beat_at, behind_ms, pending_bytes, visible, place, consent_id,"
    f" coalesce(beat_at, opened_at) < clock_timestamp() - interval '{OFFLINE_AFTER_SECONDS} seconds'"
    " AS offline"
)


def get(conn: Connection, session_id: UUID) -> LiveSession:
    """Return one session; raises `NotFound` (`unknown_live`)."""
    with conn.cursor(row_factory=class_row(LiveSession)) as cursor:
        found = cursor.execute(
            f"SELECT {_SESSION} FROM live_session WHERE id = %s".encode(), [session_id]
        ).fetchone()
    if found is None:
        raise NotFound("There is no such broadcast.", code="unknown_live")
    return found


def running(conn: Connection) -> list[LiveSession]:
    """Return the sessions that are recorded just now, those that began first at the front."""
    with conn.cursor(row_factory=class_row(LiveSession)) as cursor:
        return cursor.execute(
            f"SELECT {_SESSION} FROM live_session WHERE ended_at IS NULL ORDER BY opened_at, id".encode()
        ).fetchall()


def of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> list[LiveSession]:
    """Return all sessions of these tips, oldest first."""
    with conn.cursor(row_factory=class_row(LiveSession)) as cursor:
        return cursor.execute(
            f"SELECT {_SESSION} FROM live_session WHERE tip_id = ANY(%s) ORDER BY opened_at, id".encode(),
            [list(tip_ids)],
        ).fetchall()


def parts_of(conn: Connection, session_id: UUID) -> list[Part]:
    """Return a session's parts, in the order of their numbers."""
    with conn.cursor(row_factory=class_row(Part)) as cursor:
        return cursor.execute(
            "SELECT p.session_id, p.sequence, p.upload_id, p.kind, p.mime, p.began_at, p.why, p.opened_at,"
            " p.ended_at, p.bytes, p.chain_holds, u.state <> 'open' AS settled, m.id AS media_id,"
            " m.bytes AS media_bytes"
            " FROM live_part p JOIN upload u ON u.id = p.upload_id LEFT JOIN media m ON m.upload_id = u.id"
            " WHERE p.session_id = %s ORDER BY p.sequence",
            [session_id],
        ).fetchall()


def is_place(conn: Connection, upload_id: UUID) -> bool:
    """Whether an upload is a session's place track, as its sender said when it was opened."""
    found = conn.execute("SELECT kind FROM live_part WHERE upload_id = %s", [upload_id]).fetchone()
    return found is not None and found[0] == "place"


def close(conn: Connection, session_id: UUID, *, actor: str) -> bool:
    """Take no byte more, as the console: staff's kill switch. What came stays.

    False where it was closed before.
    """
    with refusals():
        row = conn.execute("SELECT console_live_close(%s, %s)", [session_id, actor]).fetchone()
    return bool(row and row[0])
