"""Notes on a case. The ledger holds a commitment to each, so that none can be changed unseen."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.cases.case import Case
from evidence.db.connect import Connection
from evidence.errors import Invalid
from evidence.reviewers.reviewer import Reviewer

LONGEST = 10_000


@dataclass(frozen=True)
class Note:
    """What somebody wrote about a case."""

    id: UUID
    author: str
    text: str
    at: datetime


def add_note(conn: Connection, case: Case, text: str, by: Reviewer) -> None:
    """Write a note. Raises `Invalid` for an empty one, or one longer than 10,000 characters."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise Invalid(f"A note has between 1 and {LONGEST} characters.", code="bad_note")
    salt = secrets.token_bytes(32)
    row = conn.execute(
        "INSERT INTO case_note (case_id, author_id, text, salt) VALUES (%s, %s, %s, %s) RETURNING id",
        [case.id, by.id, text, salt],
    ).fetchone()
    if row is None:
        raise RuntimeError("an INSERT answered no row")
    details = {"note": str(row[0]), "text_commitment": ledger.commitment(salt, text)}
    ledger.append(conn, case.id, "noted", by.actor, details)


def notes_of(conn: Connection, case_id: UUID) -> list[Note]:
    """Return a case's notes, oldest first."""
    with conn.cursor(row_factory=class_row(Note)) as cursor:
        return cursor.execute(
            "SELECT n.id, r.name AS author, n.text, n.at FROM case_note n"
            " JOIN reviewer r ON r.id = n.author_id WHERE n.case_id = %s ORDER BY n.at, n.id",
            [case_id],
        ).fetchall()
