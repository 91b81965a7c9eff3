"""A copy that is watched while it is made: its pieces, kept until the whole copy stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import NotFound
from evidence.media.lease import Lease
from evidence.media.progress import hold


@dataclass(frozen=True)
class Piece:
    """Some seconds of a copy in the store, or, as number 0, what a player must know before the first."""

    media_id: UUID
    recipe: str
    number: int
    sha256: bytes
    size: int
    mime: str
    object_key: str
    object_version: str | None


_PIECE = "media_id, recipe, number, sha256, bytes AS size, mime, object_key, object_version"


def add_piece(conn: Connection, lease: Lease, piece: Piece) -> list[Piece]:
    """Note a piece that lies in the store already; a second run makes the same again. Raises `LeaseLost`.

    Where it does not (another ffmpeg, another recipe), its pieces take the places of the first run's. Those
    that must make way are returned, to be removed from the store; a new beginning fits none of the old.
    The first that shows something is told to whoever waits; the copy as a whole is what the ledger records.
    """
    hold(conn, lease)
    with conn.cursor(row_factory=class_row(Piece)) as cursor:
        replaced = cursor.execute(
            "DELETE FROM piece WHERE media_id = %(media)s AND ((recipe, number) = (%(recipe)s, %(number)s)"
            " AND sha256 <> %(sha256)s OR %(number)s = 0 AND NOT EXISTS (SELECT 1 FROM piece WHERE"
            " (media_id, recipe, number, sha256) = (%(media)s, %(recipe)s, 0, %(sha256)s)))"
            f" RETURNING {_PIECE}",
            {
                "media": piece.media_id, "recipe": piece.recipe, "number": piece.number,
                "sha256": piece.sha256,
            },
        ).fetchall()  # fmt: skip
    conn.execute(
        "INSERT INTO piece (media_id, recipe, number, sha256, bytes, mime, object_key, object_version)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [
            piece.media_id, piece.recipe, piece.number, piece.sha256, piece.size, piece.mime,
            piece.object_key, piece.object_version,
        ],
    )  # fmt: skip
    if piece.number == 1:
        conn.execute("SELECT pg_notify('ledger', %s)", [f"{lease.tip_id} growing"])
    return replaced


def growing(conn: Connection, media_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these media have something to show of a copy that is being made."""
    found = conn.execute(
        "SELECT DISTINCT media_id FROM piece WHERE number = 1 AND media_id = ANY(%s)", [list(media_ids)]
    )
    return {media_id for (media_id,) in found}


def pieces_of(conn: Connection, media_id: UUID) -> list[Piece]:
    """Return the pieces of a copy that is being made, in the order in which they play."""
    with conn.cursor(row_factory=class_row(Piece)) as cursor:
        return cursor.execute(
            f"SELECT {_PIECE} FROM piece WHERE media_id = %s ORDER BY recipe, number", [media_id]
        ).fetchall()


def piece(conn: Connection, media_id: UUID, number: int) -> Piece:
    """Return one piece; raises `NotFound` (`unknown_piece`), also once the whole copy stands."""
    with conn.cursor(row_factory=class_row(Piece)) as cursor:
        found = cursor.execute(
            f"SELECT {_PIECE} FROM piece WHERE (media_id, number) = (%s, %s)", [media_id, number]
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
