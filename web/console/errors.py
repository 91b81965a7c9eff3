"""Errors, as pages for people and as problem details for programs."""

import logging

import psycopg
from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from evidence.errors import EvidenceError, Forbidden, Invalid, NotFound, Unavailable
from evidence.telemetry.request import current
from web.console.outage import AWAY, database_away
from web.console.problems import MIME, problem

log = logging.getLogger("tipline.console")

_SENTENCES = {
    404: "There is no such page. It may have moved, or the address has a mistake in it.",
    405: "This address does not take that kind of request.",
    413: "That is more than this page takes.",
}


def install(app: Flask) -> None:
    """Teach `app` to answer every error itself."""
    app.register_error_handler(EvidenceError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(psycopg.DataError, _unfit)
    for error in AWAY:
        app.register_error_handler(error, _away)
    app.register_error_handler(Exception, _broken)


def wants_json() -> bool:
    """Whether a script asked, rather than a person going to a page."""
    return (
        "HX-Request" in request.headers
        or request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
        == "application/json"
    )


def answer(error: EvidenceError) -> Response:
    """Return an error in the form its reader understands."""
    if wants_json():
        return Response(problem(error.status, error.code, error.sentence), error.status, mimetype=MIME)
    page = render_template("error.html", status=error.status, sentence=error.sentence, named=current())
    return Response(page, error.status, mimetype="text/html")


def _refused(error: EvidenceError) -> Response:
    return answer(error)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    kind = {403: Forbidden, 404: NotFound, 503: Unavailable}.get(status, EvidenceError)
    translated = kind(_SENTENCES.get(status, "This request could not be understood."), code=f"http_{status}")
    if kind is EvidenceError:
        return _with_status(translated, status)
    return answer(translated)


def _unfit(_: Exception) -> Response:
    """A NUL character, say, which no column takes: a mistake of the asker's, and not a fault of ours."""
    return answer(Invalid("Something you sent cannot be kept. Check what you typed.", code="unfit_text"))


def _away(_: Exception) -> Response:
    return answer(database_away())


def _broken(error: Exception) -> Response:
    # `evidence.telemetry.logs` writes where it failed, not its message: that may hold what somebody wrote.
    log.error("a page failed with %s", type(error).__name__, exc_info=error)
    return answer(
        EvidenceError(
            "Something went wrong on our side. Nothing was changed; try again, or tell whoever runs Tipline."
        )
    )


def _with_status(error: EvidenceError, status: int) -> Response:
    response = answer(error)
    response.status_code = status
    return response
