"""Having everything that was made of an original made again, as today's recipes have it.

What there is stays until the new stands; a file that was set aside gets another chance.
"""

from collections.abc import Iterable
from uuid import UUID

from evidence import ledger
from evidence.db.connect import Connection


def outdated(conn: Connection, recipes: Iterable[str]) -> list[UUID]:
    """Return finished media that have a copy by another recipe than `recipes` and none of its kind by one.

    Those of which a small copy is all there is, since the full-size one could not be made, are among them.
    """
    return [
        media_id
        for (media_id,) in conn.execute(
            "SELECT DISTINCT media_id FROM derivative d JOIN media m ON m.id = media_id"
            " WHERE m.stage = 'done' AND m.state = 'ready' AND NOT EXISTS"
            " (SELECT 1 FROM derivative o WHERE (o.media_id, o.kind) = (d.media_id, d.kind)"
            " AND o.recipe = ANY(%s))",
            [list(recipes)],
        )
    ]


def set_aside_media(conn: Connection) -> list[UUID]:
    """Return media that were set aside though their original is sealed."""
    return [
        media_id
        for (media_id,) in conn.execute(
            "SELECT id FROM media WHERE state = 'quarantined' AND sha256 IS NOT NULL ORDER BY received_at"
        )
    ]


def rederive(conn: Connection, media_id: UUID) -> bool:
    """Ask for a media's copies to be made again; False where it is being worked on, or not sealed."""
    row = conn.execute(
        "SELECT tip_id FROM media WHERE id = %s AND rederive(%s)", [media_id, media_id]
    ).fetchone()
    if row is None:
        return False
    ledger.append(conn, row[0], "rederive_asked", "operator", {"media": str(media_id)})
    return True
