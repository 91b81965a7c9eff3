"""Who opened a media: every opening is an entry, and without one no copy is handed out."""

from datetime import datetime
from typing import get_args
from uuid import UUID

from evidence import ledger, tips
from evidence.db.connect import Connection
from evidence.errors import Conflict
from evidence.media.media import DerivativeKind, Media
from evidence.tips.ending import purge_of

# A poster is shown in lists, as a book's cover is, and a track is no picture; the rest is the book.
OPENED_FIRST: frozenset[DerivativeKind] = frozenset(get_args(DerivativeKind)) - {"poster", "gpx", "vtt"}


def record_viewed(conn: Connection, media: Media, actor: str) -> None:
    """Note that somebody opens a media.

    Raises `Conflict` (`not_playable`, `withdrawn`) or `Gone` (`purged`) where there is nothing to see.
    """
    must_be_shown(conn, media)
    must_be_playable(media)
    ledger.append(conn, media.tip_id, "viewed", actor, {"media": str(media.id)})


def must_be_playable(media: Media) -> None:
    """Raise `Conflict` (`not_playable`) for what is set aside."""
    if media.state == "quarantined":
        raise Conflict("This file is set aside and cannot be opened.", code="not_playable")


def must_be_shown(conn: Connection, media: Media) -> None:
    """Raise where no poster is shown either.

    `Conflict` (`withdrawn`) where the citizen took the tip back, `Gone` (`purged`) where it is
    being deleted or was.
    """
    if purge := purge_of(conn, media.tip_id):
        raise purge.refusal()
    if not tips.shown(conn, [media.tip_id]):
        raise Conflict("This tip was withdrawn; its files are shown to nobody.", code="withdrawn")


def was_viewed(conn: Connection, tip_id: UUID, media_id: UUID, actor: str, since: datetime) -> bool:
    """Say whether `actor` opened a media at or after `since`, as the ledger has it."""
    return any(
        entry.kind == "viewed"
        and entry.actor == actor
        and entry.at >= since
        and entry.details.get("media") == str(media_id)
        for entry in ledger.history(conn, tip_id)
    )
