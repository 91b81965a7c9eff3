"""Messages that came in: each noted once, by the hash of the carrier's id, whichever way it was heard of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection

FoundBy = Literal["webhook", "poll"]
InState = Literal["files", "sealing", "settle", "kept", "done"]
FileState = Literal["open", "received", "sealed", "gone", "unfinished"]

# Ten files of five megabytes, over a slow line.
ABANDONED = timedelta(minutes=3)


@dataclass(frozen=True)
class Noted:
    """A message that something is still to be done with at the carrier; `sid` is the carrier's id.

    `announced` is how many files it was said to have; None where that was not noted.
    """

    once: bytes
    sid: str
    tip_id: UUID | None
    state: InState
    attempts: int
    announced: int | None


_COLUMNS = "once, sid, tip_id, state, attempts, announced"


def note(conn: Connection, once: bytes, sid: str, found_by: FoundBy) -> bool:
    """Note a message in the caller's transaction; False where it was noted before."""
    return (
        conn.execute(
            "INSERT INTO text_in (once, sid, found_by) SELECT %(once)s, %(sid)s, %(found_by)s"
            " WHERE NOT EXISTS (SELECT FROM text_past WHERE once = %(once)s) ON CONFLICT DO NOTHING",
            {"once": once, "sid": sid, "found_by": found_by},
        ).rowcount
        == 1
    )


def place(
    conn: Connection, once: bytes, texter_id: UUID, tip_id: UUID | None, *, announced: int | None
) -> None:
    """Say whose a noted message is, to which tip it went, and how many files there are to fetch."""
    fetched = tip_id is not None and announced != 0
    conn.execute(
        "UPDATE text_in SET texter_id = %s, tip_id = %s, state = %s, announced = %s WHERE once = %s",
        [texter_id, tip_id, "files" if fetched else "settle", announced, once],
    )


def texter_of(conn: Connection, once: bytes) -> UUID:
    """Return who sent a message that was placed."""
    row = conn.execute("SELECT texter_id FROM text_in WHERE once = %s", [once]).fetchone()
    if row is None or row[0] is None:
        raise RuntimeError("nobody sent this message")
    texter_id: UUID = row[0]
    return texter_id


def current_tip(conn: Connection, texter_id: UUID) -> UUID | None:
    """Return the texter's tip that is open still."""
    row = conn.execute("SELECT sms_current_tip(%s)", [texter_id]).fetchone()
    return None if row is None else row[0]


def begin_tip(conn: Connection, texter_id: UUID, tip_id: UUID) -> None:
    """Note that this tip is the texter's."""
    conn.execute("INSERT INTO texted_tip (tip_id, texter_id) VALUES (%s, %s)", [tip_id, texter_id])


def claim(conn: Connection, once: bytes) -> Noted | None:
    """Take a message whose files are to be fetched; it is due again once whoever took it must be dead."""
    with conn.cursor(row_factory=class_row(Noted)) as cursor:
        return cursor.execute(
            "UPDATE text_in SET due_at = clock_timestamp() + %s WHERE once = %s AND state = 'files'"
            f" RETURNING {_COLUMNS}",
            [ABANDONED, once],
        ).fetchone()


def due(conn: Connection, states: Sequence[InState], *, before: datetime | None = None) -> list[Noted]:
    """Return messages in these states whose turn it is, oldest first; only older ones than `before`."""
    with conn.cursor(row_factory=class_row(Noted)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM text_in WHERE state = ANY(%s) AND due_at <= clock_timestamp()"
            " AND at < coalesce(%s::timestamptz, 'infinity') ORDER BY at LIMIT 500",
            [list(states), before],
        ).fetchall()


def move(conn: Connection, once: bytes, state: InState) -> None:
    """Say what is next; with `done` the carrier's ids are forgotten."""
    done = state == "done"
    if done:
        conn.execute("UPDATE text_file SET sid = NULL WHERE text_once = %s", [once])
    conn.execute(
        "UPDATE text_in SET state = %s, sid = CASE WHEN %s THEN NULL ELSE sid END, attempts = 0,"
        " due_at = clock_timestamp() WHERE once = %s",
        [state, done, once],
    )


def put_off(conn: Connection, once: bytes, wait: timedelta) -> None:
    """Try again later."""
    conn.execute(
        "UPDATE text_in SET attempts = attempts + 1, due_at = clock_timestamp() + %s WHERE once = %s",
        [wait, once],
    )


@dataclass(frozen=True)
class TextFile:
    """One file of a message; `upload_id` once our front door expects it, `reason` where it never will.

    `tries` is how many of its uploads ended before they were whole. `state` is where the present one stands:
    `gone` was here and was purged, or its tip has ended; None where there is none yet.
    """

    once: bytes
    sid: str
    upload_id: UUID | None
    reason: str | None
    tries: int
    state: FileState | None


def expect_file(conn: Connection, text_once: bytes, once: bytes, sid: str) -> None:
    """Note a file that the carrier's API lists."""
    conn.execute(
        "INSERT INTO text_file (once, text_once, sid) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [once, text_once, sid],
    )


def files_of(conn: Connection, text_once: bytes) -> list[TextFile]:
    """Return a message's files."""
    with conn.cursor(row_factory=class_row(TextFile)) as cursor:
        return cursor.execute(
            "SELECT once, sid, upload_id, reason, tries, sms_file_state(upload_id) AS state FROM text_file"
            " WHERE text_once = %s AND sid IS NOT NULL ORDER BY once",
            [text_once],
        ).fetchall()


def lacks_files(conn: Connection, text: Noted) -> bool:
    """Whether the carrier never listed as many files as it had said there are."""
    row = conn.execute("SELECT count(*) FROM text_file WHERE text_once = %s", [text.once]).fetchone()
    return (row[0] if row else 0) < (1 if text.announced is None else text.announced)


def file_opened(conn: Connection, once: bytes, upload_id: UUID) -> None:
    """Note as what our front door expects a file."""
    conn.execute("UPDATE text_file SET upload_id = %s WHERE once = %s", [upload_id, once])


def file_unfinished(conn: Connection, once: bytes) -> None:
    """Note that a file's upload has ended before it was whole, so that another is begun."""
    conn.execute(
        "UPDATE text_file SET upload_id = NULL, tries = tries + 1 WHERE once = %s"
        " AND coalesce(sms_file_state(upload_id) IN ('open', 'unfinished'), true)",
        [once],
    )


def file_refused(conn: Connection, once: bytes, reason: str) -> None:
    """Note why a file was not taken."""
    conn.execute("UPDATE text_file SET reason = %s WHERE once = %s", [reason, once])


def file_forgotten(conn: Connection, once: bytes) -> None:
    """Note that the carrier has deleted a file."""
    conn.execute("UPDATE text_file SET sid = NULL WHERE once = %s", [once])


def expire(conn: Connection, before: datetime) -> int:
    """Delete what is done with and older than `before`; return how many messages and answers that were.

    The hash of each message's id stays, so that none counts again, and how many they were.
    """
    row = conn.execute("SELECT sms_expire(%s)", [before]).fetchone()
    return int(row[0]) if row else 0
