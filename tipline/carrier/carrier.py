"""The carrier itself: takes messages from phones and from the API, delivers them, and tells the account."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tipline.carrier.account import E164, Account
from tipline.carrier.message import FINAL, Medium, Message, new_sid
from tipline.carrier.parameters import require_sendable
from tipline.carrier.refusals import RefusedError, away, not_found
from tipline.carrier.telling import Teller, incoming_form, status_form

Clock = Callable[[], datetime]
File = tuple[str, bytes]
"""A content type and the bytes."""

_DELIVERED = ("sending", "sent", "delivered")


def _now() -> datetime:
    return datetime.now(UTC)


class Carrier:
    """Messages by their SID, in memory. Whatever is changed from outside is changed by a method.

    `down` answers every request with 503 and tells nobody of anything; `silent` only tells nobody.
    """

    def __init__(self, account: Account, clock: Clock = _now) -> None:
        self.account = account
        self.teller = Teller(account.token)
        self.down = False
        self.silent = False
        self.clock = clock
        self._lock = threading.RLock()
        self._messages: dict[str, Message] = {}
        self._refusing: dict[str, RefusedError] = {}
        self._failing: dict[str, int] = {}
        self._shown: list[Message] = []

    def close(self) -> None:
        """Tell nobody anything any more."""
        self.teller.close()

    # What phones do.

    def text(self, sender: str, body: str, files: Sequence[File] = ()) -> Message:
        """Play a phone: a message comes in, and the account is told. Raises `RefusedError` for no number."""
        if not E164.fullmatch(sender):
            raise RefusedError(400, 21212, f"{sender} is not a number such as +16015550123.")
        at = self.clock()
        media = [Medium(new_sid("ME"), kind, content, at) for kind, content in files]
        message = Message(
            new_sid("MM" if media else "SM"), "inbound", sender, self.account.number, body, "received",
            created=at, updated=at, sent=at, media=media,
        )  # fmt: skip
        with self._lock:
            self._messages[message.sid] = message
        self.tell(message)
        return message

    def tell(self, message: Message) -> None:
        """Tell the account of a message that came in; again, if it was told before."""
        if not (self.down or self.silent):
            self.teller.tell(self.account.webhook, incoming_form(message, self.account))

    def shown_on(self, number: str) -> list[Message]:
        """What a phone shows that came from the account, oldest first; what is deleted is on it still."""
        return [message for message in self._shown if message.to == number]

    # What happens on the way.

    def refuse(self, number: str, refusal: RefusedError) -> None:
        """Refuse each message to this number from now on."""
        self._refusing[number] = refusal

    def fail(self, number: str, code: int) -> None:
        """Take messages to this number from now on, and let them not arrive."""
        self._failing[number] = code

    def arrive(self, number: str) -> None:
        """Let messages to this number arrive again."""
        self._failing.pop(number, None)
        self._refusing.pop(number, None)

    # What the API does.

    def create(self, given: Mapping[str, Sequence[str]]) -> Message:
        """Take a message of the account, and deliver it."""
        said = require_sendable(given, self.account.number)
        if said["To"] in self._refusing:
            raise self._refusing[said["To"]]
        at = self.clock()
        message = Message(
            new_sid("SM"), "outbound-api", said.get("From", self.account.number), said["To"],
            said.get("Body", ""), "queued", created=at, updated=at, callback=said.get("StatusCallback"),
        )  # fmt: skip
        with self._lock:
            self._messages[message.sid] = message
        self.teller.after(lambda: self._deliver(message))
        return message

    def get(self, sid: str) -> Message:
        """Find a message; raises `RefusedError` (404) where it is not, or was deleted."""
        with self._lock:
            found = self._messages.get(sid)
        if found is None:
            raise not_found(sid)
        return found

    def newest_first(self) -> list[Message]:
        """All messages."""
        with self._lock:
            arrived = list(self._messages.values())
        return sorted(arrived, key=lambda message: message.sent or message.created)[::-1]

    def update(self, sid: str, said: Mapping[str, str]) -> Message:
        """Redact a message's text, or cancel one that was not sent yet."""
        message = self.get(sid)
        with self._lock:
            if "Status" in said and message.status not in ("accepted", "scheduled", "queued"):
                raise RefusedError(400, 30409, "This message cannot be canceled any more.")
            if "Body" in said:
                if message.status not in FINAL:
                    raise _unfinished()
                message.body = ""
            if "Status" in said:
                message.status = "canceled"
            message.updated = self.clock()
        return message

    def delete(self, sid: str) -> None:
        """Delete a message and its media."""
        message = self.get(sid)
        with self._lock:
            if message.status not in FINAL:
                raise _unfinished()
            del self._messages[sid]

    def medium(self, message_sid: str, sid: str) -> Medium:
        """Find one file of a message."""
        for medium in self.get(message_sid).media:
            if medium.sid == sid:
                return medium
        raise not_found(sid)

    def delete_medium(self, message_sid: str, sid: str) -> None:
        """Delete one file of a message."""
        medium = self.medium(message_sid, sid)
        with self._lock:
            self.get(message_sid).media.remove(medium)

    def content(self, secret: str) -> Medium:
        """Find a file by the unguessable part of its address."""
        for message in self.newest_first():
            for medium in message.media:
                if medium.secret == secret:
                    return medium
        raise not_found("media")

    def require_up(self) -> None:
        """Raise `RefusedError` (503) while the carrier is down."""
        if self.down:
            raise away()

    def _deliver(self, message: Message) -> None:
        error = self._failing.get(message.to)
        for status in ("sending", "sent", "undelivered") if error else _DELIVERED:
            with self._lock:
                if message.status == "canceled":
                    return
                message.status = status
                message.updated = self.clock()
                message.sent = message.sent or message.updated
                message.error = error if status == "undelivered" else None
            if status == "delivered":
                self._shown.append(replace(message))
            if message.callback and not (self.down or self.silent):
                self.teller.post(message.callback, status_form(message, self.account))


def _unfinished() -> RefusedError:
    return RefusedError(409, 20009, "This message is still in progress.")
