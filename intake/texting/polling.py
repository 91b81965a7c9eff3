"""The carrier's list of messages, read every few minutes: it finds what a webhook that was lost did not tell.

The list is the truth of what was sent to us, so reading it whole is what shows that nothing was lost.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from evidence.db.connect import Pool
from evidence.errors import EvidenceError, Unavailable
from evidence.texting import outgoing, polling
from intake.texting import statuses
from intake.texting.arrival import Incoming, take
from intake.texting.files import Settler
from intake.texting.settings import TextingSettings
from intake.texting.sids import MESSAGE_SID
from intake.texting.twilio import Text, Twilio

log = logging.getLogger(__name__)

# What a message takes from the carrier's acceptance to its list, and how far two clocks may differ.
OVERLAP = timedelta(minutes=15)
# An installation begins with what is sent to it from now on, and a little before.
FIRST = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Poller:
    """Reads the list; safe to be run twice, and by several processes at once."""

    settings: TextingSettings
    pool: Pool
    twilio: Twilio
    clock: Callable[[], datetime] = _now

    @property
    def settler(self) -> Settler:
        """Who deletes at the carrier."""
        return Settler(self.pool, self.twilio)

    def poll(self) -> int:
        """Take in what was missed, and delete at the carrier what is reconciled; return how many were missed.

        Raises `CarrierError`, and `Unavailable` where texts are no longer this door's to take; then the next
        reading begins where this one did.
        """
        began = self.clock()
        with self.pool.connection() as conn:
            since = (polling.read_until(conn) or began - FIRST) - OVERLAP
        missed = self._take_missed(since) + self._take_unread()
        with self.pool.connection() as conn:
            polling.note_read(conn, began)
            gaps = len(polling.unread(conn))
        if gaps:
            log.error("%d messages in the carrier's list could not be taken in", gaps)
        if missed:
            log.warning("%d messages were found that no webhook had told of", missed)
        self.settler.delete_reconciled(began)
        self._settle_sent(began)
        return missed

    def _take_missed(self, since: datetime) -> int:
        """Return how many were missed. Oldest first: who wrote twice is read in the order they wrote."""
        ours = self.twilio.texts(since, to=self.settings.account.number)
        there = [text for text in ours if text.inbound and text.status == "received"]
        return sum(
            self._take(text) for text in reversed(there) if text.sender and MESSAGE_SID.fullmatch(text.sid)
        )

    def _take(self, text: Text) -> bool:
        """Take one in. What cannot be is noted, and looked for by itself from then on; it holds up nothing.

        True where it was missed.
        """
        told = Incoming(text.sid, text.sender, text.body, text.media, at=text.sent_at)
        try:
            with self.pool.connection() as conn:
                new = take(conn, self.settings, told, "poll")
                polling.read_at_last(conn, text.sid)
        except Unavailable:  # it is this door that cannot, not this message
            raise
        except (EvidenceError, psycopg.DataError, psycopg.IntegrityError) as refusal:
            code = refusal.code if isinstance(refusal, EvidenceError) else type(refusal).__name__
            with self.pool.connection() as conn:
                polling.note_unread(conn, text.sid, code)
            return False
        return new

    def _take_unread(self) -> int:
        with self.pool.connection() as conn:
            sids = polling.unread(conn)
        there = [text for sid in sids if (text := self.twilio.get(sid))]
        return sum(self._take(text) for text in there)

    def _settle_sent(self, began: datetime) -> None:
        """Delete sent texts whose end is known: the receipt's words among them must not stay there."""
        with self.pool.connection() as conn:
            there = outgoing.at_carrier(conn, began)
        for out_id, sid, over in there:
            if (over or self._hear_of(out_id, sid)) and self.settler.delete(sid):
                with self.pool.connection() as conn:
                    outgoing.forgotten(conn, sid)
        with self.pool.connection() as conn:
            left = outgoing.leftovers(conn)
        for sid in left:
            if self.settler.delete(sid):
                with self.pool.connection() as conn:
                    outgoing.forgotten(conn, sid)

    def _hear_of(self, out_id: UUID, sid: str) -> bool:
        """Ask what became of a text of which no callback told; whether nothing more will."""
        text = self.twilio.get(sid)
        if text is None:
            return True
        with self.pool.connection() as conn:
            return statuses.apply(conn, out_id, sid, text.status, text.error)
