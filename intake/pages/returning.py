"""Coming back with the nine words: read, write, send more, take back. No cookie, no session: each page
carries what its forms need (`visit.py`), and nothing of it is kept on the device or here.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Response, abort, g, jsonify, make_response, render_template, request
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from evidence.db.connect import Pool
from evidence.errors import Conflict, EvidenceError, NotFound
from evidence.thread import once_of, write_with_words
from evidence.tips.door import TOKEN_BYTES, Mailbox, admit_with_words, mailbox, token_text, withdraw
from evidence.tips.ending import Ending, ending_with_words
from intake.database import statement
from intake.pages.shown import shown, statement_file
from intake.pages.visit import Visitor, Visits
from intake.settings import IntakeSettings

PLACES = ("files", "messages", "statement", "withdraw")
STATEMENT_NAME = "tip-statement.json"

# What a citizen can do about a refusal, in place of the kernel's sentence; what they wrote stays in the form.
ADVICE: Mapping[str, LazyString] = {
    "empty_message": lazy_gettext("Write something first."),
    "too_long": lazy_gettext("Shorten what you wrote and send it again."),
    "thread_full": lazy_gettext("This conversation is full. Send a new tip for anything more."),
    "thread_ended": lazy_gettext("This tip was taken back, so nothing more can be added to it."),
    "is_evidence": lazy_gettext("Your tip is part of an investigation by now and cannot be taken back."),
    "no_withdrawing": lazy_gettext(
        "This agency may not delete anything early, so nothing can be taken back."
    ),
    "no_file": lazy_gettext("Choose a file first."),
}


class UnknownWords(NotFound):
    """No thread has these words, or the visit is over: the same answer, whichever it is."""

    default_code = "unknown_words"

    def __init__(self) -> None:
        super().__init__("No tip opens with these words, or this page was open for too long.")


@dataclass(frozen=True)
class Returning:
    """The pages of whoever comes back; every method answers one request of Flask's."""

    pool: Pool
    settings: IntakeSettings
    visits: Visits

    def open(self) -> Response:
        """Open the tip with words, or, from the page's own buttons, with a visit.

        The page's script brings the words by a request of its own, so that no browser remembers them as part
        of a form; it is answered the visit to ask for the page with.
        """
        typed, refusal = request.form.get("words"), g.get("refusal")
        who = (
            self._visitor() if typed is None else Visitor.with_words("" if _sent_by_another_site() else typed)
        )
        if _asked_by_script():
            self._look(who)
            return make_response(jsonify(visit=self.visits.begin(who.receipt)))
        if refusal is None:
            said = "written" if request.form.get("said") == "written" else g.get("said")
            return self._page(who, said=said, draft=request.form.get("text", ""))
        return self._page(who, status=refusal.status, refused=ADVICE[refusal.code])

    def write(self) -> Response:
        """Take a message; sent twice with one key it is one."""
        who, text = self._visitor(), request.form.get("text", "").replace("\r\n", "\n")
        # With the text: a browser that went back shows the old form, where something else may be written now.
        once = once_of("\0".join((request.form.get("key") or secrets.token_urlsafe(), text)))
        public_key, seen = self.settings.agency_public_key, _seen(request.form.get("seen", ""))

        def deed() -> str | None:
            with statement(self.pool) as conn:
                write_with_words(conn, who.receipt, text, agency_public_key=public_key, once=once, seen=seen)
            return "written"

        if _asked_by_script():
            deed()
            self._look(who)
            return Response(status=204)
        return self._done_or_told(who, deed)

    def take_back(self) -> Response:
        """Ask whether it is meant; then withdraw the tip."""
        who = self._visitor()
        if "sure" not in request.form:
            self._look(who)
            return make_response(render_template("withdraw.html", visit=self.visits.begin(who.receipt)))

        def deed() -> str | None:
            if not self.settings.may_withdraw:
                raise Conflict("Originals are locked for their whole time.", code="no_withdrawing")
            with statement(self.pool) as conn:
                if withdraw(conn, who.receipt) is False:
                    raise Conflict("This tip is evidence by now.", code="is_evidence")
            return None

        return self._done_or_told(who, deed)

    def hand_out_statement(self) -> Response:
        """Answer what the agency signed, as a file."""
        response = make_response(statement_file(self._look(self._visitor()), self.settings))
        response.mimetype = "application/json"
        response.headers["Content-Disposition"] = f'attachment; filename="{STATEMENT_NAME}"'
        return response

    def admit_uploads(self) -> Response:
        """Answer the page's script a token that binds uploads to this tip."""
        who, token = self._visitor(), secrets.token_bytes(TOKEN_BYTES)
        until = datetime.now(UTC) + self.settings.upload_lifetime
        with statement(self.pool) as conn:
            admitted = admit_with_words(conn, who.receipt, token, until)
        if not admitted or not who.genuine:
            raise UnknownWords
        return make_response(jsonify(token=token_text(token)), 201)

    def _visitor(self) -> Visitor:
        return self.visits.read(request.form.get("visit", ""))

    def _look(self, who: Visitor) -> Mailbox:
        with statement(self.pool) as conn:
            found = mailbox(conn, who.receipt.lookup)
        if found is None or not who.genuine:
            raise UnknownWords
        return found

    def _ending(self, who: Visitor) -> Ending:
        with statement(self.pool) as conn:
            return ending_with_words(conn, who.receipt.lookup, self.settings.retention)

    def _page(
        self,
        who: Visitor,
        *,
        status: int = 200,
        said: str | None = None,
        refused: LazyString | None = None,
        draft: str = "",
    ) -> Response:
        # Before the look, which ends here for wrong words: these must ask the same.
        ending, found = self._ending(who), self._look(who)
        tip = shown(found, who.receipt, self.settings, ending)
        visit, key = self.visits.begin(who.receipt), secrets.token_urlsafe()
        page = render_template(
            "thread.html", tip=tip, visit=visit, key=key, said=said, refused=refused, draft=draft
        )
        return make_response(page, status)

    def _done_or_told(self, who: Visitor, deed: Callable[[], str | None]) -> Response:
        """Do it and show the tip; where it is refused, the same page says why and has what was written."""
        try:
            said = deed()
        except EvidenceError as refusal:
            if refusal.code not in ADVICE:
                raise
            draft = request.form.get("text", "")
            return self._page(who, status=refusal.status, refused=ADVICE[refusal.code], draft=draft)
        return self._page(who, said=said)


def _asked_by_script() -> bool:
    return request.headers.get("Accept") == "application/json"


def _sent_by_another_site() -> bool:
    """Whether a page that is not ours fills in the words: its own, to read what somebody writes to us."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


def _seen(text: str) -> int:
    """Read which message was the last on the page; what is not known is 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def add_routes(app: Flask, pool: Pool, settings: IntakeSettings) -> None:
    """Add the page that asks for the nine words, and everything that they open."""
    returning = Returning(pool, settings, Visits.of(settings.database_url))

    @app.get("/r")
    def ask_for_words() -> str:
        return render_template("words.html", refused=False)

    @app.get("/r/<place>")
    def come_back_with_words(place: str) -> str:
        """A browser that restores its tabs asks for the address it once posted to."""
        if place not in PLACES:
            abort(404)
        return render_template("words.html", refused=False)

    for address, name, answer in (
        ("/r", "open_with_words", returning.open),
        ("/r/messages", "write", returning.write),
        ("/r/withdraw", "take_back", returning.take_back),
        ("/r/statement", "hand_out_statement", returning.hand_out_statement),
        ("/r/pass", "admit_uploads", returning.admit_uploads),
    ):
        app.add_url_rule(address, name, answer, methods=["POST"])
