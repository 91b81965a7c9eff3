"""A copy that is watched while it is made: its pieces, kept until the whole copy stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import NotFound
from evidence.media.lease import Lease
from evidence.media.progress import hold
from evidence.storage.stored import StoredObject


@dataclass(frozen=True)
class Piece:
    """Some seconds of a copy in the store, or, as number 0, what a player must know before the first."""

    media_id: UUID
    recipe: str
    number: int
    sha256: bytes
    size: int
    object_key: str
    object_version: str | None


_PIECE = "media_id, recipe, number, sha256, bytes AS size, object_key, object_version"


def add_piece(
    conn: Connection,
    lease: Lease,
    *,
    recipe: str,
    number: int,
    sha256: bytes,
    size: int,
    stored: StoredObject,
) -> None:
    """Note a piece that lies in the store already; a second run makes the same again. Raises `LeaseLost`.

    The first piece that shows something is told to whoever waits for it; the copy as a whole is what the
    ledger records.
    """
    hold(conn, lease)
    conn.execute(
        "INSERT INTO piece (media_id, recipe, number, sha256, bytes, object_key, object_version)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [lease.media_id, recipe, number, sha256, size, stored.key, stored.version],
    )
    if number == 1:
        conn.execute("SELECT pg_notify('ledger', %s)", [f"{lease.tip_id} growing"])


def pieces_of(conn: Connection, media_ids: Iterable[UUID]) -> list[Piece]:
    """Return the pieces of copies that are being made, in the order in which they play."""
    with conn.cursor(row_factory=class_row(Piece)) as cursor:
        return cursor.execute(
            f"SELECT {_PIECE} FROM piece WHERE media_id = ANY(%s) ORDER BY media_id, recipe, number",
            [list(media_ids)],
        ).fetchall()


def piece(conn: Connection, media_id: UUID, recipe: str, number: int) -> Piece:
    """Return one piece; raises `NotFound` (`unknown_piece`), also once the whole copy stands."""
    with conn.cursor(row_factory=class_row(Piece)) as cursor:
        found = cursor.execute(
            f"SELECT {_PIECE} FROM piece WHERE (media_id, recipe, number) = (%s, %s, %s)",
            [media_id, recipe, number],
        ).fetchone()
    if found is None:
        raise NotFound("There is no such piece of a copy.", code="unknown_piece")
    return found


def outgrown(conn: Connection, limit: int = 1000) -> list[Piece]:
    """Return pieces that nobody needs: their media is past the stage that made them, or set aside."""
    with conn.cursor(row_factory=class_row(Piece)) as cursor:
        return cursor.execute(
            f"SELECT {_PIECE} FROM piece JOIN (SELECT id, stage, state FROM media) m"
            " ON m.id = media_id WHERE stage <> 'watch' OR state = 'quarantined' LIMIT %s",
            [limit],
        ).fetchall()


def forget(conn: Connection, gone: Piece) -> None:
    """Forget a piece that was removed from the store."""
    conn.execute(
        "DELETE FROM piece WHERE (media_id, recipe, number) = (%s, %s, %s)",
        [gone.media_id, gone.recipe, gone.number],
    )
