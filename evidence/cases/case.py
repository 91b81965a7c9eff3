"""A case: an investigation, under the agency's own number."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid, NotFound
from evidence.reviewers.reviewer import Reviewer


@dataclass(frozen=True)
class Case:
    """One investigation; `tips` counts the tips attached to it now."""

    id: UUID
    number: str
    title: str
    opened_by: str
    opened_at: datetime
    tips: int


_SELECT = """
    SELECT c.id, c.number, c.title, r.name AS opened_by, c.opened_at,
           (SELECT count(*) FROM case_tip t WHERE t.case_id = c.id) AS tips
    FROM cases c JOIN reviewer r ON r.id = c.opened_by
"""


def open_case(conn: Connection, number: str, title: str, by: Reviewer) -> Case:
    """Open a case; its title enters the ledger as a commitment, since titles name people.

    Raises `Invalid` for a missing number or title, `Conflict` where the number is taken.
    """
    number, title = " ".join(number.split()), " ".join(title.split())
    if not 1 <= len(number) <= 64:
        raise Invalid("A case needs the agency's number, of at most 64 characters.", code="bad_case_number")
    if not 1 <= len(title) <= 200:
        raise Invalid("A case needs a title of at most 200 characters.", code="bad_case_title")
    salt = secrets.token_bytes(32)
    row = conn.execute(
        "INSERT INTO cases (number, title, salt, opened_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (number) DO NOTHING RETURNING id",
        [number, title, salt, by.id],
    ).fetchone()
    if row is None:
        raise Conflict(f"Case {number} is open already; attach the tip to it instead.", code="case_exists")
    case_id: UUID = row[0]
    details = {"number": number, "title_commitment": ledger.commitment(salt, title)}
    ledger.append(conn, case_id, "case_opened", by.actor, details)
    return get(conn, case_id)


def get(conn: Connection, case_id: UUID) -> Case:
    """Return one case. Raises `NotFound`."""
    with conn.cursor(row_factory=class_row(Case)) as cursor:
        found = cursor.execute(f"{_SELECT} WHERE c.id = %s", [case_id]).fetchone()
    if found is None:
        raise NotFound("There is no such case.", code="unknown_case")
    return found


def by_number(conn: Connection, number: str) -> Case:
    """Return the case with exactly this number. Raises `NotFound`."""
    number = " ".join(number.split())
    with conn.cursor(row_factory=class_row(Case)) as cursor:
        found = cursor.execute(f"{_SELECT} WHERE c.number = %s", [number]).fetchone()
    if found is None:
        raise NotFound(f"There is no case {number}.", code="unknown_case")
    return found


def find(conn: Connection, words: str, *, limit: int = 20) -> list[Case]:
    """Return cases whose number or title holds `words`, newest first; all of them for no words."""
    pattern = f"%{_literally(' '.join(words.split()))}%"
    with conn.cursor(row_factory=class_row(Case)) as cursor:
        return cursor.execute(
            f"{_SELECT} WHERE c.number ILIKE %s OR c.title ILIKE %s ORDER BY c.opened_at DESC, c.id LIMIT %s",
            [pattern, pattern, limit],
        ).fetchall()


def of_tip(conn: Connection, tip_id: UUID) -> list[Case]:
    """Return the cases a tip is attached to now, by number."""
    with conn.cursor(row_factory=class_row(Case)) as cursor:
        return cursor.execute(
            f"{_SELECT} JOIN case_tip a ON a.case_id = c.id WHERE a.tip_id = %s ORDER BY c.number", [tip_id]
        ).fetchall()


def numbers_of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Return the numbers of the cases that several tips are attached to, in one query."""
    rows = conn.execute(
        "SELECT a.tip_id, array_agg(c.number ORDER BY c.number)"
        " FROM case_tip a JOIN cases c ON c.id = a.case_id WHERE a.tip_id = ANY(%s) GROUP BY a.tip_id",
        [list(tip_ids)],
    ).fetchall()
    return dict(rows)


def numbers(conn: Connection, case_ids: Iterable[UUID]) -> dict[str, str]:
    """Return the numbers of cases by their ids, as text."""
    rows = conn.execute("SELECT id, number FROM cases WHERE id = ANY(%s)", [list(case_ids)]).fetchall()
    return {str(case_id): number for case_id, number in rows}


def _literally(words: str) -> str:
    """Take LIKE's wildcards as the characters they are."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
