"""What citizens wrote, opened for whoever may read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evidence import tips
from evidence.db.connect import Connection
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.roles import Act
from evidence.seal import PrivateKeys
from evidence.thread import StaffKeys, TipText, messages
from evidence.thread.message import first_of_tips, registered
from evidence.thread.reading import Doubt, doubts, open_for_agency, unseen_answers


@dataclass(frozen=True)
class Letter:
    """One message; `text` is None where the agency's key does not open it.

    `read_at` is when the citizen first opened what staff wrote, `doubt` why a message must not be believed.
    `early` is one that its writer wrote before they had seen what staff wrote above it.
    """

    sequence: int
    author: str
    at: datetime
    text: TipText | None
    read_at: datetime | None
    doubt: Doubt | None
    early: bool


def of_tip(conn: Connection, tip_id: UUID, keys: StaffKeys, reader: Reviewer) -> list[Letter]:
    """Return a tip's messages, oldest first; none of one withdrawn, or for who may not read them."""
    if not reader.may(Act.READ_MESSAGES) or not tips.shown(conn, [tip_id]):
        return []
    thread = [open_for_agency(message, keys.agency_private) for message in messages(conn, tip_id)]
    doubted, early = doubts(thread, registered(conn, tip_id), keys.verifying), unseen_answers(thread)
    return [
        Letter(
            one.message.sequence, one.message.author, one.message.at, one.text, one.message.read_at,
            doubted.get(one.message.sequence), one.message.sequence in early,
        )
        for one in thread
    ]  # fmt: skip


def first_words(
    conn: Connection, tip_ids: Iterable[UUID], key: PrivateKeys, reader: Reviewer
) -> dict[UUID, TipText]:
    """Return what opened each tip, as far as it can be read by `reader`."""
    if not reader.may(Act.READ_MESSAGES):
        return {}
    opened = {
        message.tip_id: open_for_agency(message, key).text
        for message in first_of_tips(conn, tips.shown(conn, tip_ids))
    }
    return {tip_id: text for tip_id, text in opened.items() if text}
