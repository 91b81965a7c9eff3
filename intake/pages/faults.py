"""What goes wrong, told kindly: a page to people, problem details (RFC 9457) to programs."""

import json

from flask import Flask, Response, g, render_template, request
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException

from evidence.errors import EvidenceError
from evidence.telemetry.request import current
from intake.fault import note_fault
from intake.metrics import REFUSALS
from intake.pages.returning import UnknownWords

_TITLES = {
    400: lazy_gettext("That could not be understood"),
    404: lazy_gettext("There is nothing here"),
    405: lazy_gettext("That cannot be done here"),
    413: lazy_gettext("That is too much at once"),
    429: lazy_gettext("That is too much at once"),
    503: lazy_gettext("We cannot take this just now"),
    507: lazy_gettext("We cannot take this just now"),
}
_SENTENCES = {
    400: lazy_gettext("Go back, check what you wrote and send it again."),
    404: lazy_gettext("The address may be mistyped, or the page is gone."),
    405: lazy_gettext("Start again from the first page."),
    413: lazy_gettext("Shorten what you wrote and send it again."),
}
_BROKEN_OFF = lazy_gettext("It did not arrive whole, so nothing of it was kept. Go back and send it again.")
_CROWD = lazy_gettext(
    "A lot is being sent from your network right now. Wait some minutes and send it again. If it cannot "
    "wait, call the number above."
)
_LINK_USED = lazy_gettext(
    "This link was used already, is too old, or was not copied whole. Open your tip with its nine words to "
    "send more."
)
# What a person can do about it, where the status alone does not say. A program gets the error's own sentence.
_ADVICE = {
    "body_stalled": _BROKEN_OFF,
    "broken_form": _BROKEN_OFF,
    "client_bytes": _CROWD,
    "client_forms": _CROWD,
    "client_tips": _CROWD,
    "empty_tip": lazy_gettext("Write what you saw, or choose a file."),
    "client_words": lazy_gettext(
        "Too many wrong words came from your network. Wait some minutes and try again. If it cannot wait, "
        "call the number above."
    ),
    "flood": lazy_gettext(
        "Very many tips are coming in right now. Wait some minutes and send it again. With JavaScript "
        "switched on it goes at once. If it cannot wait, call the number above."
    ),
    "file_too_large": lazy_gettext("A file is over the limit that the first page names. Send it shortened."),
    "link_used": _LINK_USED,
    "restarting": _BROKEN_OFF,
    "spool_reserve": lazy_gettext(
        "There is no room for more video or photos just now. Go back and send your words without them, and "
        "the files later. If it cannot wait, call the number above."
    ),
    "too_long": lazy_gettext("Shorten what you wrote and send it again."),
    "too_many_files": lazy_gettext("One tip does not take so many files. Send the others in another tip."),
    "unknown_link": _LINK_USED,
}
# Not the doing of whoever reads it: their title says so.
_CROWDED = frozenset({"client_bytes", "client_forms", "client_tips", "client_words", "flood"})
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


def install(app: Flask) -> None:
    """Answer every refusal and every fault in the form the caller asked for."""

    @app.errorhandler(UnknownWords)
    def not_opened(error: UnknownWords) -> Response:
        if _for_a_program():
            return _answer(error.status, error.code, error.sentence)
        REFUSALS.labels(error.code).inc()
        draft = request.form.get("text", "")
        return Response(render_template("words.html", refused=True, draft=draft), error.status)

    @app.errorhandler(EvidenceError)
    def refused(error: EvidenceError) -> Response:
        response = _answer(error.status, error.code, error.sentence)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(HTTPException)
    def not_served(error: HTTPException) -> Response:
        status = error.code or 500
        response = _answer(status, _CODES.get(status, "invalid" if status < 500 else "failure"), None)
        if status == 405 and (allowed := getattr(error, "valid_methods", None)):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        note_fault("a page", error)
        return _answer(500, "failure", None)


def _answer(status: int, code: str, sentence: str | None) -> Response:
    REFUSALS.labels(code).inc()
    title = str(_TITLES.get(503 if code in _CROWDED else status, gettext("Something went wrong on our side")))
    plain = str(_ADVICE.get(code) or _SENTENCES.get(status) or gettext("Wait a minute and try again."))
    if _for_a_program():
        problem = {"type": "about:blank", "title": title, "status": status, "code": code}
        told = {**problem, "detail": sentence or plain, "request": current()}
        body = json.dumps(told, ensure_ascii=False)
        return Response(body, status, mimetype="application/problem+json")
    again = {"written": g.get("written"), "key": g.get("key")}
    if status == 500:  # what is written down with this name is a fault of ours, and nothing else
        again["request_name"] = current()
    return Response(render_template("fault.html", title=title, sentence=plain, **again), status)


def _for_a_program() -> bool:
    if request.is_json:
        return True
    accepts = request.accept_mimetypes
    return bool(accepts) and accepts.best_match(["text/html", "application/json"]) != "text/html"
