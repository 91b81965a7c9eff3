"""Sending one text: claimed, handed to the carrier outside of any transaction, and noted.

A process may die between the carrier's yes and our note of it, and a yes may be lost on its way. Whoever
tries a text again looks for it in the carrier's list first, so that nobody is told twice.
"""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from evidence import vault
from evidence.db.connect import Connection, Pool
from evidence.errors import Invalid
from evidence.seal import open_sealed
from evidence.texting import outgoing
from evidence.texting.outgoing import Outgoing
from evidence.texting.segments import segments
from intake.texting.countries import country_of
from intake.texting.permanence import Fate
from intake.texting.settings import TextingSettings
from intake.texting.standing import require_standing
from intake.texting.statuses import LOST, wants_no_texts
from intake.texting.twilio import CarrierError, Twilio

log = logging.getLogger(__name__)

GIVEN_UP = timedelta(hours=24)
# Ten segments; Twilio itself refuses more than 1,600 characters.
LONGEST_TEXT = 1500
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=15)
# The nine words are nowhere else: they wait as long as their number is kept.
_WORDS_WAIT = timedelta(hours=6)
# The carrier's clock and ours, and its whole seconds.
_SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class _Letter:
    to: str
    text: str


@dataclass(frozen=True)
class Sender:
    """Sends what is queued; safe to be asked twice for the same text, by several processes at once."""

    settings: TextingSettings
    pool: Pool
    twilio: Twilio

    def send(self, out_id: UUID) -> None:
        """Send one text if it is its turn; raises `Unavailable` where texts are not this door's to send."""
        with self.pool.connection() as conn:
            require_standing(conn, self.settings)
            claimed = outgoing.claim(conn, out_id)
            letter = self._letter(conn, claimed) if claimed else None
            if claimed and not letter:
                outgoing.follow(conn, claimed.texter_id)
        if claimed is None or letter is None:
            return
        try:
            sid = (claimed.again and self._there_already(claimed, letter)) or self._hand_over(out_id, letter)
        except CarrierError as refusal:
            with self.pool.connection() as conn:
                self._refused(conn, claimed, refusal)
            return
        with self.pool.connection() as conn:
            outgoing.taken(conn, out_id, sid)
            outgoing.follow(conn, claimed.texter_id)

    def _letter(self, conn: Connection, out: Outgoing) -> _Letter | None:
        """Return what to send to whom; None where it may not go out, or not yet, which is noted."""
        plain, now = open_sealed(self.settings.private_key, out.sealed), datetime.now(UTC)
        if out.kind in ("stopped", "help_stopped"):
            letter = _Letter(**json.loads(plain))
        else:
            try:
                number = vault.number_of(conn, self.settings.vault, out.texter_id)
            except Invalid as refusal:  # until they text again, or the key turns up
                outgoing.put_off(conn, out.id, now + _LONGEST_WAIT, refusal.code)
                log.error("a text waits: its number lies under a key that this door has not")
                return None
            if number is None:
                outgoing.ended(conn, out.id, "failed", "number_gone")
                return None
            letter = _Letter(number, self._short(plain.decode()))
        if country_of(letter.to) not in self.settings.countries:
            outgoing.ended(conn, out.id, "failed", "country")
            return None
        if out.kind == "staff" and (until := self.settings.quiet.over_at(now)) > now:
            outgoing.put_off(conn, out.id, until, "quiet_hours")
            return None
        return letter if self._affordable(conn, out, letter, now) else None

    def _short(self, text: str) -> str:
        """What a carrier takes in one text; the rest is read with the words."""
        if len(text) <= LONGEST_TEXT:
            return text
        more = f"... {self.settings.intake_url}/r"
        return text[: LONGEST_TEXT - len(more)] + more

    def _affordable(self, conn: Connection, out: Outgoing, letter: _Letter, now: datetime) -> bool:
        """Count what it costs; only what nobody wrote is held to the day's cap.

        Words wait for the next day then. What waited gets half of a day, so that a flood of one day leaves
        something to those who text on the next.
        """
        if out.mills is not None:
            return True
        cost, zone = segments(letter.text) * self.settings.segment_mills, self.settings.quiet.zone
        day = now.astimezone(zone).date()
        waited = out.at.astimezone(zone).date() < day
        cap = self.settings.daily_mills // (2 if waited else 1)
        if outgoing.spend(conn, out.id, day, cost, None if out.kind == "staff" else cap):
            return True
        if out.kind == "receipt":
            tomorrow = datetime.combine(day + timedelta(days=1), time(), zone)
            outgoing.put_off(conn, out.id, tomorrow, "spend_cap")
        else:
            outgoing.ended(conn, out.id, "failed", "spend_cap")
        log.warning("an automatic text was not sent today: the spend cap is reached")
        return False

    def _hand_over(self, out_id: UUID, letter: _Letter) -> str:
        return self.twilio.send(letter.to, letter.text, f"{self.settings.url}/status/{out_id}").sid

    def _there_already(self, out: Outgoing, letter: _Letter) -> str | None:
        """Find the text of an earlier try, whose answer we did not hear; not the same words sent before."""
        there = self.twilio.texts(out.at - _SLACK, to=letter.to)
        # A carrier may tell blanks and ends of lines otherwise than it was told them.
        said = letter.text.split()
        like_it = [
            text.sid
            for text in there
            if not text.inbound and text.status not in LOST and text.body.split() == said
        ]
        with self.pool.connection() as conn:
            others = outgoing.known(conn, like_it)
        return next((sid for sid in like_it if sid not in others), None)

    def _refused(self, conn: Connection, out: Outgoing, refusal: CarrierError) -> None:
        reason, old = f"carrier_{refusal.number or 'away'}", datetime.now(UTC) - out.at > GIVEN_UP
        if refusal.fate is Fate.STOPPED:
            outgoing.ended(conn, out.id, "stopped", reason)
            wants_no_texts(conn, out.texter_id)
        elif refusal.fate is Fate.NEVER or (old and out.kind != "receipt"):
            outgoing.ended(conn, out.id, "failed", reason)
        else:
            wait = min(_FIRST_WAIT * 2 ** min(out.attempts - 1, 10), _WORDS_WAIT if old else _LONGEST_WAIT)
            outgoing.put_off(conn, out.id, datetime.now(UTC) + wait, reason)
        outgoing.follow(conn, out.texter_id)
        log.warning("the carrier refused a text: %s, %s", refusal.fate, reason)
