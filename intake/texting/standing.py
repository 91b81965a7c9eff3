"""Whether this door may work on the texts of its database, which other hosts' doors may share."""

import logging
from dataclasses import dataclass, field

from evidence import vault
from evidence.db.connect import Connection, Pool
from evidence.errors import Unavailable
from evidence.texting import carrier
from intake.texting.settings import TextingSettings

log = logging.getLogger(__name__)


def require_standing(conn: Connection, settings: TextingSettings) -> None:
    """Raise `Unavailable` unless texts are this door's to work on, until the caller's transaction ends.

    `account_elsewhere`: it has a stand-in, and another host the account. `another_key`: it has not the keys
    under which numbers lie.
    """
    if not settings.account.stand_in:
        carrier.declare(conn)
    elif carrier.seen_at(conn):
        raise Unavailable(
            "Texts go through an account with a carrier, which this host was not told of.",
            code="account_elsewhere",
        )
    vault.succeed(conn, settings.vault)


@dataclass
class Standing:
    """What this door may do just now, looked at again and again."""

    settings: TextingSettings
    pool: Pool
    _why_not: str | None = field(default=None, init=False)

    @property
    def aside(self) -> bool:
        """Whether it might not, when it was looked at last."""
        return self._why_not is not None

    def look(self) -> bool:
        """Whether it may work now. One that may puts its keys into use; one with the account is seen."""
        why_not = self._why_not
        try:
            with self.pool.connection() as conn:
                require_standing(conn, self.settings)
                if not self.settings.account.stand_in:
                    carrier.be_seen(conn)
            why_not = None
        except Unavailable as refusal:
            why_not = refusal.code
            if why_not != self._why_not:
                log.error("this door stands aside: %s (%s)", refusal.sentence, refusal.code)
            if why_not == "another_key":
                with self.pool.connection() as conn:
                    vault.note_refused(conn)
        self._why_not = why_not
        return why_not is None
