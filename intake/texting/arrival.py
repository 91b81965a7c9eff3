"""A message has come: known by its id once, obeyed if it is a keyword, and otherwise a tip or more of one.

All of it is one transaction, with the jobs it causes, whichever way the message was heard of. Where appeals
exist, the word that chooses one belongs into `_Conversation.open_tip`, behind the keywords of `_obey`.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence import vault
from evidence.db.connect import Connection
from evidence.errors import Gone, TooMany
from evidence.texting import incoming, outgoing
from evidence.texting.incoming import FoundBy, Noted
from evidence.texting.outgoing import Kind
from evidence.thread import Receipt, once_of, write_by_text
from evidence.thread.message import FIELD_LIMITS
from evidence.tips.door import admit_by_text, open_texted_tip
from evidence.tips.link import UploadLink
from evidence.vault import Texter
from intake.texting.countries import country_of
from intake.texting.keywords import Meaning, meaning_of
from intake.texting.language import language_of
from intake.texting.replies import Replies
from intake.texting.settings import TextingSettings
from intake.texting.standing import require_standing

# A carrier puts ten files into one message at most.
MOST_FILES = 10
# For the hour's turn, or another day's money: what an answer says of its link is true once it is sent.
_ANSWER_WAITS = timedelta(hours=24)


@dataclass(frozen=True)
class Incoming:
    """A message, as a webhook or the carrier's list tells of it; `files` is how many it says it has.

    `obeyed` is a keyword that the carrier has answered by itself; `at` (aware) is when it was sent, where
    that is not now.
    """

    sid: str
    sender: str = field(repr=False)
    body: str = field(repr=False)
    files: int
    obeyed: Meaning | None = None
    at: datetime | None = None


def take(conn: Connection, settings: TextingSettings, text: Incoming, found_by: FoundBy) -> bool:
    """Take a message in, in the caller's transaction; False where it was taken before.

    Raises `Unavailable` where texts are not this door's to take.
    """
    require_standing(conn, settings)
    once, text = once_of(text.sid), replace(text, body=text.body[: FIELD_LIMITS["what"]])
    if not incoming.note(conn, once, text.sid, found_by):
        return False
    texter = vault.recognise(
        conn, settings.vault, text.sender, language=language_of(text.body), lives=settings.number_lives
    )
    meaning, tip_id = text.obeyed or meaning_of(text.body), None
    answers_itself = bool(text.files) and not texter.stopped  # what answers a file says what HELP does
    if meaning and not (meaning is Meaning.HELP and answers_itself):
        texter = replace(texter, stopped=_obey(conn, settings, texter, text, meaning))
    if meaning is None or text.files:  # a file is taken in whatever is written beside it
        tip_id = _Conversation(conn, settings, texter, text).go_on(once)
    incoming.place(conn, once, texter.id, tip_id, announced=text.files)
    if text.files and tip_id:
        conn.execute("SELECT enqueue_text('fetch', %s, NULL)", [once.hex()])
    return True


def _obey(
    conn: Connection, settings: TextingSettings, texter: Texter, text: Incoming, meaning: Meaning
) -> bool:
    """Do what a keyword says and answer it; return whether they want no texts now."""
    say = replies_of(settings)
    language = language_of(text.body) if meaning_of(text.body) else texter.language
    unanswered = text.obeyed is None and _answerable(settings, text.sender)
    if meaning is Meaning.STOP:
        words = outgoing.words_were_sent(conn, texter.id)
        outgoing.stopped(conn, texter.id)
        vault.stop(conn, texter.id, text.at)
        if unanswered and not texter.stopped and vault.confirm_once_an_hour(conn, texter.id):
            last = _with_its_number(text.sender, say.stopped(language, words=words))
            outgoing.queue(conn, texter.id, None, "stopped", last, settings.public_key)
        return True
    if meaning is Meaning.HELP:
        if unanswered and vault.help_once_an_hour(conn, texter.id):
            said = say.help(language, stopped=texter.stopped)
            kind: Kind = "help_stopped" if texter.stopped else "help"
            plain = _with_its_number(text.sender, said) if texter.stopped else said.encode()
            outgoing.queue(conn, texter.id, None, kind, plain, settings.public_key)
        return texter.stopped
    if not vault.start(conn, settings.vault, texter.id, text.sender, text.at):
        return True
    # With a file, the answer to that says more.
    if unanswered and not text.files and vault.reply_once_an_hour(conn, texter.id):
        outgoing.queue(conn, texter.id, None, "started", say.started(language).encode(), settings.public_key)
    return False


def _with_its_number(number: str, said: str) -> bytes:
    """Return what goes to a number that the vault has no more: it has the number with it."""
    return json.dumps({"to": number, "text": said}).encode()


def move_on(conn: Connection, settings: TextingSettings, noted: Noted) -> None:
    """Let a message whose files its tip has no room for go on to the sender's newer tip, or to one more."""
    texter = vault.hold(conn, incoming.texter_of(conn, noted.once))
    tip_id = incoming.current_tip(conn, texter.id)
    if tip_id in (None, noted.tip_id):
        number = vault.number_of(conn, settings.vault, texter.id) or ""
        tip_id = _Conversation(conn, settings, texter, Incoming(noted.sid, number, "", files=1)).open_tip()
    incoming.place(conn, noted.once, texter.id, tip_id, announced=noted.announced)
    incoming.put_off(conn, noted.once, timedelta(0))


@dataclass(frozen=True)
class _Conversation:
    """One message on its way into the sender's thread."""

    conn: Connection
    settings: TextingSettings
    texter: Texter
    text: Incoming

    def go_on(self, once: bytes) -> UUID | None:
        """Continue the sender's open tip, or open one; None where there is nothing in the message at all."""
        if not self.text.body.strip() and not self.text.files:
            return None
        tip_id = incoming.current_tip(self.conn, self.texter.id)
        if tip_id is None or not self._continues(tip_id, once):
            return self.open_tip()
        if self.text.files and self._answerable and vault.reply_once_an_hour(self.conn, self.texter.id):
            link = self._link(tip_id)
            self._answer(
                tip_id, "link", replies_of(self.settings).link(self.texter.language, link, shrunk=True)
            )
        return tip_id

    def _continues(self, tip_id: UUID, once: bytes) -> bool:
        """Append what was written; False where that thread takes no more, and another one begins."""
        if not self.text.body.strip():
            return True
        try:
            with self.conn.transaction():
                write_by_text(
                    self.conn, tip_id, self.text.body, agency_public_key=self.settings.agency_public_key,
                    once=once,
                )  # fmt: skip
        except (Gone, TooMany):
            return False
        return True

    def open_tip(self) -> UUID:
        """Open a tip. Its nine words are in the answer alone, and forgotten with it."""
        receipt = Receipt.new()
        tip_id = open_texted_tip(
            self.conn, self.text.body.strip(), language=self.texter.language,
            agency_public_key=self.settings.agency_public_key, receipt=receipt,
        )  # fmt: skip
        incoming.begin_tip(self.conn, self.texter.id, tip_id)
        if self._answerable:
            words, link = receipt.words, self._link(tip_id)
            said = replies_of(self.settings).receipt(
                self.texter.language, words, link, shrunk=bool(self.text.files)
            )
            # Nothing else leads to the tip: where the hour has had its answer, this one waits for the next.
            self._answer(tip_id, "receipt", said, vault.next_reply(self.conn, self.texter.id))
        return tip_id

    @property
    def _answerable(self) -> bool:
        return not self.texter.stopped and _answerable(self.settings, self.text.sender)

    def _link(self, tip_id: UUID) -> str:
        """A link for as many files as the message had, or for one."""
        link = UploadLink.new()
        until = datetime.now(UTC) + timedelta(hours=self.settings.link_hours) + _ANSWER_WAITS
        files = min(max(self.text.files, 1), MOST_FILES)
        admit_by_text(self.conn, tip_id, link.token, until, files=files)
        return f"{self.settings.intake_url}/u/{link.code}"

    def _answer(self, tip_id: UUID, kind: Kind, said: str, at: datetime | None = None) -> None:
        outgoing.queue(
            self.conn, self.texter.id, tip_id, kind, said.encode(), self.settings.public_key, at=at
        )


def replies_of(settings: TextingSettings) -> Replies:
    """The answers of this agency."""
    return Replies(settings.agency_name, settings.emergency_number, settings.intake_url, settings.link_hours)


def _answerable(settings: TextingSettings, number: str) -> bool:
    return number != settings.account.number and country_of(number) in settings.countries
