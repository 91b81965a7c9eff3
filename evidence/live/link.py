"""A link by which a citizen goes live on a tip that is there: staff send it, it opens one session, once.

Its code is written as that of a personal link to send files; it leads elsewhere.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from evidence.db.connect import Connection
from evidence.derive import derive
from evidence.errors import Gone
from evidence.live.refusals import refusals
from evidence.tips.link import new_code, read_code


@dataclass(frozen=True)
class LiveLink:
    """What stands in the link's fragment; never log or store it."""

    code: str = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Draw one."""
        return cls(new_code())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read one as a person copies it.

        Raises `Gone` (`link_used`) for what cannot be one: it looks like one that was used.
        """
        code = read_code(text)
        if code is None:
            raise Gone("This link was used, is too old, or was not copied whole.", code="link_used")
        return cls(code)

    @property
    def token(self) -> bytes:
        """The 32 bytes that the door shows for it."""
        return derive(self.code.encode(), b"tipline live link v1")


def issue(conn: Connection, tip_id: UUID, *, until: datetime, actor: str) -> LiveLink:
    """Make a link to go live on a tip, as the console.

    Raises `NotFound` (`unknown_tip`) where there is none, or it has ended.
    """
    link = LiveLink.new()
    with refusals():
        conn.execute(
            "SELECT console_live_link(%s, %s, %s, %s)",
            [tip_id, hashlib.sha256(link.token).digest(), until, actor],
        )
    return link
