"""An opened tip in a citizen's words: what was received, where it stands, what was written both ways."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from evidence.errors import EvidenceError
from evidence.seal import open_sealed
from evidence.thread import Receipt, TipText
from evidence.thread.authorship import Authorship
from evidence.thread.reading import has_gap
from evidence.thread.signature import signature_holds, signed_bytes
from evidence.thread.statement import signer_of
from evidence.tips.door import Envelope, Mailbox, ReceivedMedia
from evidence.tips.ending import Ending
from intake.pages.advice import advice_on
from intake.settings import IntakeSettings

_TIP_STATES: Mapping[str, LazyString] = {
    "new": lazy_gettext("Your tip has been received."),
    "attached": lazy_gettext("Your tip is part of an investigation."),
    "closed": lazy_gettext("Your tip was looked at and closed."),
    "withdrawn": lazy_gettext("Your tip was taken back."),
    "purged": lazy_gettext("Everything you sent has been deleted."),
}
_FILE_STATES: Mapping[str, LazyString] = {
    "received": lazy_gettext("Arrived completely; being sealed"),
    "sealed": lazy_gettext("Sealed; being prepared for viewing"),
    "ready": lazy_gettext("Sealed; staff can watch it"),
    "quarantined": lazy_gettext("Sealed; it cannot be played, staff are told"),
    "purged": lazy_gettext("Deleted"),
}
_TAKEN_BACK = lazy_gettext("Shown to nobody any more; being deleted")


@dataclass(frozen=True)
class ShownFile:
    """One received file, in a citizen's words; `sha256` is hex, None until it is sealed; `advice` if any."""

    state: LazyString
    size: int
    received_at: datetime
    sha256: str | None
    advice: LazyString | None


@dataclass(frozen=True)
class ShownMessage:
    """One message, as (title, text) pairs of the fields that hold anything; the first message has several.

    `vouched` is whether its writer is known by a signature: the agency's console, or whoever has the words.
    """

    by_staff: bool
    at: datetime
    parts: tuple[tuple[str, str], ...]
    vouched: bool


@dataclass(frozen=True)
class ShownTip:
    """Everything nine words open, and what may still be done to it.

    `gap` says that a message is missing: sequences have none, so somebody deleted it. `seen` is the newest.
    `due` is when all of it will be deleted if nothing comes in between, `deleted_at` when it was.
    """

    state: LazyString
    received_at: datetime
    files: tuple[ShownFile, ...]
    messages: tuple[ShownMessage, ...]
    gap: bool
    seen: int
    takes_more: bool
    may_withdraw: bool
    has_statement: bool
    due: datetime | None
    deleted_at: datetime | None
    taken_back: bool


def shown(found: Mailbox, receipt: Receipt, settings: IntakeSettings, ending: Ending) -> ShownTip:
    """Open a thread in memory, with the keys that the words give."""
    opened = [(one, _opened(one, receipt.private_key)) for one in found.messages]
    # Whoever came by web signed from the first message on; before that was so, and by text, nobody does.
    signs = any(own and own[1] and own[1].keys and own[1].keys.hand for _, own in opened[:1])
    messages = (
        _message(found.tip_id, envelope, own, receipt, settings, signs=signs) for envelope, own in opened
    )
    ended = found.state in ("withdrawn", "purged")
    return ShownTip(
        state=_TIP_STATES[found.state],
        received_at=found.received_at,
        files=tuple(_file(media, taken_back=found.state == "withdrawn") for media in found.media),
        messages=tuple(message for message in messages if message),
        gap=has_gap(one.sequence for one in found.messages),
        seen=max((one.sequence for one in found.messages), default=0),
        takes_more=not ended,
        may_withdraw=settings.may_withdraw and found.state in ("new", "closed"),
        has_statement=settings.checkpoint_verify_key is not None and any(m.statement for m in found.media),
        due=ending.due,
        deleted_at=ending.deleted_at,
        taken_back=found.state == "withdrawn",
    )


def statement_file(found: Mailbox, settings: IntakeSettings) -> bytes:
    """Return what the agency signed of this tip's files, as a file that is checked without us.

    Times and hashes, and nothing of who sent them.
    """
    signed = [
        {
            "text": media.statement.text,
            "signature": media.statement.signature.hex(),
            "key": signer_of(media.statement, settings.statement_keys).hex(),
        }
        for media in found.media
        if media.statement
    ]
    keys = ",".join(key.hex() for key in settings.statement_keys)
    told = {"agency": settings.agency_name, "key": keys, "statements": signed}
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def _file(media: ReceivedMedia, *, taken_back: bool) -> ShownFile:
    state = _TAKEN_BACK if taken_back and media.state != "purged" else _FILE_STATES[media.state]
    advice = None if taken_back else advice_on(media)
    return ShownFile(state, media.size, media.received_at, media.sha256, advice)


def _opened(envelope: Envelope, private_key: bytes) -> tuple[TipText, Authorship | None] | None:
    """Open a message; None where it was never sealed to the words, or somebody changed what is stored."""
    if envelope.sealed_citizen is None:
        return None
    try:
        plaintext = open_sealed(private_key, envelope.sealed_citizen)
        return TipText.from_bytes(plaintext), Authorship.read(plaintext)
    except EvidenceError:
        return None


def _message(
    tip_id: UUID,
    envelope: Envelope,
    opened: tuple[TipText, Authorship | None] | None,
    receipt: Receipt,
    settings: IntakeSettings,
    *,
    signs: bool,
) -> ShownMessage | None:
    if envelope.sealed_citizen is None:
        return None
    by_staff = envelope.author == "staff"
    if opened is None:
        # That is told, and the rest of the thread opens all the same.
        damaged = gettext("This message was damaged and cannot be read.")
        return ShownMessage(by_staff, envelope.at, (("", damaged),), vouched=not by_staff)
    text, said = opened
    parts = _first_parts(text) if envelope.sequence == 1 else (("", text.what),)
    if by_staff:
        vouched = _vouched(tip_id, envelope, settings)
    elif said and said.signature:
        vouched = said.signed_by(receipt.hand_public, receipt.lookup_sha256, text)
    else:
        vouched = not signs
    return ShownMessage(by_staff, envelope.at, parts, vouched) if parts else None


def _vouched(tip_id: UUID, envelope: Envelope, settings: IntakeSettings) -> bool:
    if settings.thread_verify_key is None or envelope.signature is None or envelope.sealed_citizen is None:
        return False
    signed = signed_bytes(tip_id, envelope.sequence, envelope.agency_sha256, envelope.sealed_citizen)
    return signature_holds(settings.thread_verify_key, signed, envelope.signature)


def _first_parts(text: TipText) -> tuple[tuple[str, str], ...]:
    titled = [
        (gettext("What you saw"), text.what),
        (gettext("Where"), text.where),
        (gettext("When"), text.when),
        (gettext("How to reach you"), text.contact),
    ]
    return tuple((title, value) for title, value in titled if value)
