"""The thread on a tip's page: what was said after the tip itself, and an answer to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from evidence import texting, tips
from evidence.db.connect import Connection
from evidence.derive import derive
from evidence.errors import Invalid
from evidence.ledger import Entry
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.roles import Act
from evidence.texting import Progress
from evidence.thread import TipText, reply
from evidence.thread.message import registered, settle
from evidence.thread.reading import Doubt, has_gap
from evidence.tips import Tip
from web.console.canned import Canned, for_tip, require_no_blank
from web.console.errors import wants_json
from web.console.house import house, signed_in
from web.console.letters import Letter

pages = Blueprint("conversation", __name__)

Shut = Literal["role", "ended", "no_receipt"]


@dataclass(frozen=True)
class Line:
    """One message after the first; `who` is a colleague's name for what staff wrote.

    `texted` is how far it is by text, None where it went to the web alone.
    """

    sequence: int
    author: str
    who: str
    at: datetime
    text: TipText | None
    read_at: datetime | None
    texted: Progress | None
    doubt: Doubt | None
    early: bool


@dataclass(frozen=True)
class Conversation:
    """A tip's thread; `shut` says why nobody may answer here, `seen` is the newest message shown.

    `handle` is what staff call whoever texts, None for whoever came another way. `gap` says that a message is
    missing; `exchanged` that answers would be sealed to somebody else.
    """

    lines: list[Line]
    gap: bool
    exchanged: bool
    seen: int
    shut: Shut | None
    canned: list[Canned]
    handle: str | None


def of_tip(
    conn: Connection,
    tip: Tip,
    letters: list[Letter],
    entries: list[Entry],
    people: Mapping[str, str],
    reader: Reviewer,
) -> Conversation:
    """Return a tip's thread as `reader` may see it."""
    writers = {
        entry.details.get("sequence"): people.get(entry.actor, "A colleague")
        for entry in entries
        if entry.kind == "message"
    }
    shut, texted = _shut(conn, tip, reader), texting.progress(conn, tip.id)
    return Conversation(
        lines=[
            Line(
                letter.sequence, letter.author, writers.get(letter.sequence, "A colleague"),
                letter.at, letter.text, letter.read_at, texted.get(letter.sequence),
                letter.doubt, letter.early,
            )
            for letter in letters
            if letter.sequence > 1
        ],
        gap=has_gap(letter.sequence for letter in letters),
        exchanged=any(letter.doubt == "keys_exchanged" for letter in letters),
        seen=max((letter.sequence for letter in letters), default=0),
        shut=shut,
        canned=[] if shut else for_tip(tip, house().settings),
        handle=texting.handle_of(conn, tip.id),
    )  # fmt: skip


@pages.post("/tips/<uuid:tip_id>/messages")
def write(tip_id: UUID) -> Response:
    """Answer the citizen; the same answer to the same state of the thread is sent once."""
    settings, by, text = house().settings, signed_in().reviewer, request.form.get("text", "")
    require_no_blank(text)
    seen = _seen(request.form.get("seen", ""))
    # Keyed: the database must not hold a hash by which a short answer could be guessed.
    same = "\0".join((by.actor, str(tip_id), str(seen), text)).encode()
    once = derive(settings.thread_signing_key, same, salt=b"tipline reply once")
    with house().pool.connection() as conn:
        written = reply(conn, tip_id, text, actor=by.actor, keys=settings.staff_keys, once=once, seen=seen)
        if settings.texting_public_key and not written.again:
            texting.send(conn, tip_id, written.sequence, text, door_key=settings.texting_public_key)
    return _done(tip_id)


@pages.post("/tips/<uuid:tip_id>/messages/settled")
def settled(tip_id: UUID) -> Response:
    """Say that what the citizen wrote last wants no answer."""
    with house().pool.connection() as conn:
        settle(conn, tip_id, actor=signed_in().reviewer.actor, seen=_seen(request.form.get("seen", "")))
    return _done(tip_id)


def _done(tip_id: UUID) -> Response:
    if wants_json():
        return Response(status=204)
    return redirect(url_for("tips.show", tip_id=tip_id, _anchor="conversation"), 303)


def _shut(conn: Connection, tip: Tip, reader: Reviewer) -> Shut | None:
    if not reader.may(Act.WRITE_TO_CITIZENS):
        return "role"
    if not tips.shown(conn, [tip.id]):
        return "ended"
    return None if registered(conn, tip.id) else "no_receipt"


def _seen(text: str) -> int:
    if not text.isdecimal():
        raise Invalid("Reload this page and send it again.", code="bad_seen")
    return int(text)
