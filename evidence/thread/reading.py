"""A thread as staff read it: opened with the agency's key, and what of it must not be believed.

Whoever owns the database can put anything into it that is sealed to a public key. These are the marks by
which the console knows that it did not come from where it says.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.errors import EvidenceError
from evidence.seal import PrivateKeys, open_sealed
from evidence.thread.authorship import Authorship
from evidence.thread.message import Message, Registered, TipText
from evidence.thread.signature import signature_holds, signed_bytes

# not_signed: not by the words that opened the tip. moved: it answers what came after it. repeated: it stands
# there before. not_ours: no colleague wrote it. keys_exchanged: answers would be sealed to somebody else.
Doubt = Literal["not_signed", "moved", "repeated", "not_ours", "keys_exchanged"]


@dataclass(frozen=True)
class Opened:
    """One message, opened; `text` is None where the agency's key does not open it."""

    message: Message
    text: TipText | None
    authorship: Authorship | None


def open_for_agency(message: Message, agency_private_key: PrivateKeys) -> Opened:
    """Open a message, as far as it opens."""
    try:
        plaintext = open_sealed(agency_private_key, message.sealed_agency)
        return Opened(message, TipText.from_bytes(plaintext), Authorship.read(plaintext))
    except EvidenceError:
        return Opened(message, None, None)


def keys_hold(opening: Opened | None, receipt: Registered) -> bool:
    """Whether answers are sealed to the key that the tip was opened with.

    Only what opened the tip can tell; where that is gone or does not open, nobody can. One from before keys
    were told there is believed.
    """
    if opening is None or opening.text is None:
        return False
    said = opening.authorship
    if said is None or said.keys is None:
        return True
    signed = said.keys.hand is None or said.signed_by(said.keys.hand, receipt.lookup_sha256, opening.text)
    return signed and said.keys.answers == receipt.citizen_key


def doubts(
    thread: Sequence[Opened], receipt: Registered | None, console_verify_key: bytes
) -> dict[int, Doubt]:
    """Return what is wrong with the messages of a whole thread, oldest first, by their sequence."""
    found: dict[int, Doubt] = {}
    opening = _opening(thread)
    keys = opening.authorship.keys if opening and opening.authorship else None
    if opening and opening.text and receipt and not keys_hold(opening, receipt):
        found[1] = "keys_exchanged"
    hand, known = keys.hand if keys else None, set[bytes]()
    for one in thread:
        said, sequence = one.authorship, one.message.sequence
        if one.message.author == "staff":
            if not _by_console(one.message, console_verify_key):
                found[sequence] = "not_ours"
        elif hand and receipt and one.text and sequence > 1:
            if said is None or not said.signed_by(hand, receipt.lookup_sha256, one.text):
                found[sequence] = "not_signed"
            elif said.seen >= sequence:
                found[sequence] = "moved"
            elif said.nonce in known:
                found[sequence] = "repeated"
        if said:
            known.add(said.nonce)
    return found


def unseen_answers(thread: Sequence[Opened]) -> set[int]:
    """Return the citizen's messages that were written before they had seen what staff wrote above them."""
    answers, early = [one.message.sequence for one in thread if one.message.author == "staff"], set[int]()
    for one in thread:
        seen = one.authorship.seen if one.authorship and one.message.author == "citizen" else 0
        if seen and any(seen < answer < one.message.sequence for answer in answers):
            early.add(one.message.sequence)
    return early


def has_gap(sequences: Iterable[int]) -> bool:
    """Whether a message is missing: sequences have no gaps, so somebody deleted it."""
    found = list(sequences)
    return found != list(range(1, len(found) + 1))


def _opening(thread: Sequence[Opened]) -> Opened | None:
    return next((one for one in thread if one.message.sequence == 1), None)


def _by_console(message: Message, verify_key: bytes) -> bool:
    if message.signature is None or message.sealed_citizen is None:
        return False
    agency_sha256 = hashlib.sha256(message.sealed_agency).digest()
    signed = signed_bytes(message.tip_id, message.sequence, agency_sha256, message.sealed_citizen)
    return signature_holds(verify_key, signed, message.signature)
