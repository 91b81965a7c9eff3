"""The receipt: shown once when a tip is opened, and what its nine words open later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, make_response, render_template, request
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from evidence.db.connect import Pool
from evidence.errors import Invalid
from evidence.thread import Receipt, read_for_citizen
from evidence.tips.door import Envelope, Mailbox, ReceivedMedia, mailbox
from intake.database import statement

_TIP_STATES = {
    "new": lazy_gettext("Your tip has been received."),
    "attached": lazy_gettext("Your tip is part of an investigation."),
    "closed": lazy_gettext("Your tip was looked at and closed."),
    "withdrawn": lazy_gettext("Your tip was taken back."),
    "purged": lazy_gettext("Your tip was deleted when its time was over."),
}
_FILE_STATES = {
    "received": lazy_gettext("Arrived completely; being sealed"),
    "sealed": lazy_gettext("Sealed; being prepared for viewing"),
    "ready": lazy_gettext("Sealed; staff can watch it"),
    "quarantined": lazy_gettext("Sealed; it cannot be played, staff are told"),
    "purged": lazy_gettext("Deleted when its time was over"),
}


@dataclass(frozen=True)
class ShownFile:
    """One received file, in a citizen's words; `sha256` is hex, None until it is sealed."""

    state: LazyString
    size: int
    received_at: datetime
    sha256: str | None


@dataclass(frozen=True)
class ShownMessage:
    """What was written, as (title, text) pairs of the fields that hold anything."""

    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ShownTip:
    """Everything nine words open."""

    state: LazyString
    received_at: datetime
    files: tuple[ShownFile, ...]
    messages: tuple[ShownMessage, ...]


def render_receipt(
    app: Flask, lang: str, receipt: str, files: Sequence[tuple[str, int]], unkept: Sequence[str] = ()
) -> str:
    """Return the page a browser without JavaScript gets: the words, and each (name, bytes) that arrived.

    `unkept` are the names of files that there was no room for.
    """
    with app.test_request_context("/", query_string={"lang": lang}):
        return render_template("receipt.html", words=receipt, files=files, unkept=unkept)


def add_routes(app: Flask, pool: Pool) -> None:
    """Add the page that asks for the nine words, and the one they open."""

    @app.get("/r")
    def ask_for_words() -> str:
        return render_template("words.html", refused=False)

    @app.post("/r")
    def open_with_words() -> Response:
        shown = _open(pool, request.form.get("words", ""))
        if shown is None:
            return make_response(render_template("words.html", refused=True), 404)
        return make_response(render_template("thread.html", tip=shown))


def _open(pool: Pool, words: str) -> ShownTip | None:
    """Open a thread in memory; mistyped and unknown words fail alike, after the same query."""
    try:
        receipt, typed = Receipt.from_words(words), True
    except Invalid:
        receipt, typed = Receipt.new(), False
    with statement(pool) as conn:
        found = mailbox(conn, receipt.lookup_sha256)
    if found is None or not typed:
        return None
    return _shown(found, receipt.private_key)


def _shown(found: Mailbox, private_key: bytes) -> ShownTip:
    return ShownTip(
        _TIP_STATES[found.state],
        found.received_at,
        tuple(_file(media) for media in found.media),
        tuple(message for envelope in found.messages if (message := _message(envelope, private_key))),
    )


def _file(media: ReceivedMedia) -> ShownFile:
    return ShownFile(_FILE_STATES[media.state], media.size, media.received_at, media.sha256)


def _message(envelope: Envelope, private_key: bytes) -> ShownMessage | None:
    if envelope.sealed_citizen is None:
        return None
    text = read_for_citizen(envelope.sealed_citizen, private_key)
    titled = [
        (gettext("What you saw"), text.what),
        (gettext("Where"), text.where),
        (gettext("When"), text.when),
        (gettext("How to reach you"), text.contact),
    ]
    parts = tuple((title, value) for title, value in titled if value)
    return ShownMessage(parts) if parts else None
