"""What goes wrong, told kindly: a page to people, problem details (RFC 9457) to programs."""

import json

from flask import Flask, Response, render_template, request
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException

from evidence.errors import EvidenceError
from intake.fault import note_fault

_TITLES = {
    400: lazy_gettext("That could not be understood"),
    404: lazy_gettext("There is nothing here"),
    405: lazy_gettext("That cannot be done here"),
    413: lazy_gettext("That is too much at once"),
    503: lazy_gettext("We cannot take this just now"),
}
_SENTENCES = {
    400: lazy_gettext("Go back, check what you wrote and send it again."),
    404: lazy_gettext("The address may be mistyped, or the page is gone."),
    405: lazy_gettext("Start again from the first page."),
    413: lazy_gettext("Shorten what you wrote and send it again."),
    503: lazy_gettext("Wait a minute and try again. What was already received is safe."),
}
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


def install(app: Flask) -> None:
    """Answer every refusal and every fault in the form the caller asked for."""

    @app.errorhandler(EvidenceError)
    def refused(error: EvidenceError) -> Response:
        return _answer(error.status, error.code, error.sentence)

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
    title = str(_TITLES.get(status, gettext("Something went wrong on our side")))
    plain = str(_SENTENCES.get(status, gettext("Wait a minute and try again.")))
    if _for_a_program():
        problem = {"type": "about:blank", "title": title, "status": status, "code": code}
        body = json.dumps({**problem, "detail": sentence or plain}, ensure_ascii=False)
        return Response(body, status, mimetype="application/problem+json")
    return Response(render_template("fault.html", title=title, sentence=plain), status)


def _for_a_program() -> bool:
    if request.is_json or request.path.startswith("/tips"):
        return True
    accepts = request.accept_mimetypes
    return bool(accepts) and accepts.best_match(["text/html", "application/json"]) != "text/html"
