"""What the carrier says became of a text, by a callback or by its list: heard in any order, or twice."""

from uuid import UUID

from evidence import vault
from evidence.db.connect import Connection
from evidence.texting import outgoing
from intake.texting.permanence import DELIVERY_WAITS, UNSUBSCRIBED, may_arrive

_ARRIVED = ("delivered", "read")
LOST = ("undelivered", "failed", "canceled")


def apply(conn: Connection, out_id: UUID, sid: str, status: str, error: int | None) -> bool:
    """Note a status in the caller's transaction; False for those on the way, which say nothing new."""
    if status in _ARRIVED:
        outgoing.delivered(conn, out_id, sid)
    elif status in LOST:
        reason = f"carrier_{error or status}"
        if not (may_arrive(error) and outgoing.try_again(conn, out_id, sid, reason, DELIVERY_WAITS)):
            outgoing.undelivered(conn, out_id, sid, reason)
        texter_id = outgoing.texter_of(conn, out_id)
        if error == UNSUBSCRIBED and texter_id:
            wants_no_texts(conn, texter_id)
    return status in _ARRIVED + LOST


def wants_no_texts(conn: Connection, texter_id: UUID) -> None:
    """The carrier knows of a STOP that we may not have heard: it counts as one."""
    outgoing.stopped(conn, texter_id)
    vault.stop(conn, texter_id)
