"""A camera: whose it is, and where it looks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid, NotFound

_LIMITS = {"name": 200, "place": 500, "owner": 200}


@dataclass(frozen=True)
class Camera:
    """A registered camera, private or public."""

    id: UUID
    name: str
    place: str
    owner: str
    added_at: datetime


def add(conn: Connection, *, name: str, place: str, owner: str, actor: str) -> UUID:
    """Register a camera in the caller's transaction, and return its id; it may not be looked at yet.

    Raises `Invalid` (`bad_camera`), or `Conflict` (`camera_known`) where the name is taken.
    """
    told = {"name": name.strip(), "place": place.strip(), "owner": owner.strip()}
    for what, value in told.items():
        if not 1 <= len(value) <= _LIMITS[what]:
            raise Invalid(f"A camera's {what} has 1 to {_LIMITS[what]} characters.", code="bad_camera")
    try:
        row = conn.execute(
            "SELECT camera_add(%s, %s, %s, %s)", [told["name"], told["place"], told["owner"], actor]
        ).fetchone()
    except psycopg.errors.UniqueViolation:
        raise Conflict(f"There is a camera named {told['name']!r} already.", code="camera_known") from None
    if row is None:
        raise RuntimeError("camera_add answered no row")
    return UUID(str(row[0]))


def cameras(conn: Connection) -> list[Camera]:
    """Return every camera, by name."""
    with conn.cursor(row_factory=class_row(Camera)) as cursor:
        return cursor.execute("SELECT id, name, place, owner, added_at FROM camera ORDER BY name").fetchall()


def named(conn: Connection, name: str) -> Camera:
    """Return the camera of this name; raises `NotFound` (`unknown_camera`)."""
    with conn.cursor(row_factory=class_row(Camera)) as cursor:
        found = cursor.execute(
            "SELECT id, name, place, owner, added_at FROM camera WHERE name = %s", [name.strip()]
        ).fetchone()
    if found is None:
        raise NotFound(f"There is no camera named {name!r}.", code="unknown_camera")
    return found
