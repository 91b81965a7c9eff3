"""What citizens wrote, opened for whoever may read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evidence import tips
from evidence.db.connect import Connection
from evidence.errors import EvidenceError
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.roles import Act
from evidence.thread.message import Message, TipText, first_of_tips, messages, read_for_agency


@dataclass(frozen=True)
class Letter:
    """One message; `text` is None where the agency's key does not open it.

    `read_at` is when the citizen first opened what staff wrote.
    """

    sequence: int
    author: str
    at: datetime
    text: TipText | None
    read_at: datetime | None


def of_tip(conn: Connection, tip_id: UUID, key: bytes, reader: Reviewer) -> list[Letter]:
    """Return a tip's messages, oldest first; none of one withdrawn, or for who may not read them."""
    if not reader.may(Act.READ_MESSAGES) or not tips.shown(conn, [tip_id]):
        return []
    return [_opened(message, key) for message in messages(conn, tip_id)]


def first_words(
    conn: Connection, tip_ids: Iterable[UUID], key: bytes, reader: Reviewer
) -> dict[UUID, TipText]:
    """Return what opened each tip, as far as it can be read by `reader`."""
    if not reader.may(Act.READ_MESSAGES):
        return {}
    opened = {
        message.tip_id: _opened(message, key).text
        for message in first_of_tips(conn, tips.shown(conn, tip_ids))
    }
    return {tip_id: text for tip_id, text in opened.items() if text}


def _opened(message: Message, key: bytes) -> Letter:
    try:
        text = read_for_agency(message, key)
    except EvidenceError:
        text = None
    return Letter(message.sequence, message.author, message.at, text, message.read_at)
