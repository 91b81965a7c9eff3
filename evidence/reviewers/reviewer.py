"""A person on the staff side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.reviewers.roles import Act, Role, may

_PREFIX = "reviewer:"


@dataclass(frozen=True)
class Reviewer:
    """Somebody who may sign in, in one role."""

    id: UUID
    name: str
    role: Role
    active: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", Role(self.role))

    @property
    def actor(self) -> str:
        """How the ledger names this person: an id, since names change and ledgers do not."""
        return f"{_PREFIX}{self.id}"

    def may(self, act: Act) -> bool:
        """Say whether this person may do `act`."""
        return may(self.role, act)


def get(conn: Connection, reviewer_id: UUID) -> Reviewer | None:
    """Return the reviewer, or None."""
    with conn.cursor(row_factory=class_row(Reviewer)) as cursor:
        return cursor.execute(
            "SELECT id, name, role, active FROM reviewer WHERE id = %s", [reviewer_id]
        ).fetchone()


def named(conn: Connection, name: str) -> Reviewer | None:
    """Return the reviewer of that name, or None."""
    with conn.cursor(row_factory=class_row(Reviewer)) as cursor:
        return cursor.execute(
            "SELECT id, name, role, active FROM reviewer WHERE name = %s", [name]
        ).fetchone()


def names_of_actors(conn: Connection, actors: Iterable[str]) -> Mapping[str, str]:
    """Return the names of the reviewers among the ledger's `actors`, by actor."""
    ids = {UUID(actor.removeprefix(_PREFIX)) for actor in actors if actor.startswith(_PREFIX)}
    if not ids:
        return {}
    rows = conn.execute("SELECT id, name FROM reviewer WHERE id = ANY(%s)", [list(ids)]).fetchall()
    return {f"{_PREFIX}{reviewer_id}": name for reviewer_id, name in rows}
