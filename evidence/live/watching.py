"""Who watches a broadcast: entries of its tip's chain."""

from datetime import datetime

from evidence import ledger, tips
from evidence.db.connect import Connection
from evidence.errors import Conflict
from evidence.live.session import LiveSession


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
