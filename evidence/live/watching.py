"""Who watches a broadcast, and what they point at in it: entries of its tip's chain."""

from datetime import datetime

from evidence import ledger, tips
from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid
from evidence.live.session import LiveSession, Part

MOST_MS = 24 * 3600 * 1000


def must_be_shown(conn: Connection, session: LiveSession) -> None:
    """Raise `Conflict` (`withdrawn`) where the citizen took the tip back."""
    if not tips.shown(conn, [session.tip_id]):
        raise Conflict("This tip was withdrawn; its broadcast is shown to nobody.", code="withdrawn")


def record_watched(conn: Connection, session: LiveSession, actor: str, since: datetime) -> None:
    """Note that `actor` watches a session, once since `since`; raises `Conflict` (`withdrawn`)."""
    must_be_shown(conn, session)
    if not was_watched(conn, session, actor, since):
        ledger.append(conn, session.tip_id, "live_watched", actor, {"session": str(session.id)})


def was_watched(conn: Connection, session: LiveSession, actor: str, since: datetime) -> bool:
    """Say whether the ledger has it that `actor` watches this session, at or after `since`."""
    return any(
        entry.kind == "live_watched"
        and entry.actor == actor
        and entry.at >= since
        and entry.details.get("session") == str(session.id)
        for entry in ledger.history(conn, session.tip_id)
    )


def record_snapshot(conn: Connection, session: LiveSession, part: Part, ms: int, actor: str) -> None:
    """Note a moment worth a picture: `ms` from the part's beginning. Raises `Invalid` (`bad_moment`).

    Only the moment enters the ledger: the picture itself is cut from the sealed bytes, not from a screen.
    """
    if part.kind != "film" or not 0 <= ms <= MOST_MS:
        raise Invalid("There is no such moment in this broadcast.", code="bad_moment")
    ledger.append(
        conn,
        session.tip_id,
        "live_snapshot",
        actor,
        {"session": str(session.id), "part": part.sequence, "upload": str(part.upload_id), "ms": ms},
    )
