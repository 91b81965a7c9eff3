"""What the carrier tells: `POST /sms` for a message, `POST /sms/status/<id>` for what became of one of ours.

Every request has to be signed over the address that the operator configured and over its whole form. Nothing
here waits for anybody but the database.
"""

import logging
from uuid import UUID

import psycopg
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from psycopg_pool import PoolTimeout
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator
from werkzeug.exceptions import HTTPException

from evidence.db.connect import Pool
from evidence.errors import EvidenceError, Forbidden, Invalid, Unavailable
from evidence.telemetry.request import current
from evidence.version import VERSION
from intake.texting import statuses
from intake.texting.arrival import MOST_FILES, Incoming, take
from intake.texting.keywords import Meaning
from intake.texting.settings import TextingSettings
from intake.texting.sids import MESSAGE_SID

log = logging.getLogger(__name__)

LARGEST_FORM = 64 * 1024
_MOST_FIELDS = 200
# A message without any answer (TwiML): what we answer goes out by itself.
_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_OBEYED = {"STOP": Meaning.STOP, "START": Meaning.START, "HELP": Meaning.HELP}


def create_app(settings: TextingSettings, pool: Pool) -> Flask:
    """Return the app; `pool` is one of connections whose transaction ends with the block."""
    app = Flask("intake.texting", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.config["MAX_FORM_PARTS"] = _MOST_FIELDS
    validator = RequestValidator(settings.account.token)

    def require_signature(path: str = "") -> None:
        """Raise `Forbidden` for whatever the account's token did not sign, whole and for this address."""
        signature = request.headers.get(SIGNATURE_HEADER, "")
        if request.mimetype != "application/x-www-form-urlencoded":
            raise Invalid("The carrier sends forms.", code="not_a_form")
        if not validator.validate(settings.url + path, request.form, signature):
            raise Forbidden("This is not signed by the carrier.", code="signature")
        if request.form.get("AccountSid") != settings.account.sid:
            raise Forbidden("This is another account's.", code="another_account")

    @app.post("/sms")
    def message() -> ResponseReturnValue:
        require_signature()
        text = _incoming()
        with pool.connection() as conn:
            take(conn, settings, text, "webhook")
        return Response(_NOTHING, content_type="text/xml")

    @app.post("/sms/status/<uuid:out_id>")
    def status(out_id: UUID) -> ResponseReturnValue:
        require_signature(f"/status/{out_id}")
        sid, code = _sid(), request.form.get("ErrorCode", "")
        said = request.form.get("MessageStatus", "")
        with pool.connection() as conn:
            statuses.apply(conn, out_id, sid, said, int(code) if code.isdecimal() else None)
        return "", 204

    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        return {"status": "alive", "version": VERSION}

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        with pool.connection() as conn:
            conn.execute("SELECT 1")
        return {"status": "ready"}

    @app.errorhandler(EvidenceError)
    def refuse(refusal: EvidenceError) -> ResponseReturnValue:
        if isinstance(refusal, Forbidden):
            log.warning("a webhook was refused: %s", refusal.code)
        return _problem(refusal.status, refusal.code, refusal.sentence)

    @app.errorhandler(psycopg.OperationalError)
    @app.errorhandler(PoolTimeout)
    def away(_: Exception) -> ResponseReturnValue:
        """The carrier does not ask again; its list of messages does."""
        return refuse(Unavailable("Our records are out of reach just now.", code="database_away"))

    @app.errorhandler(HTTPException)
    def plain(error: HTTPException) -> ResponseReturnValue:
        return _problem(error.code or 500, "http", error.name)

    return app


def _incoming() -> Incoming:
    form = request.form
    files = form.get("NumMedia", "0")
    if not files.isdecimal() or int(files) > MOST_FILES or not form.get("From"):
        raise Invalid("This is no message.", code="not_a_message")
    return Incoming(
        sid=_sid(),
        sender=form["From"],
        body=form.get("Body", ""),
        files=int(files),
        obeyed=_OBEYED.get(form.get("OptOutType", "")),
    )


def _sid() -> str:
    sid = request.form.get("MessageSid", "")
    if not MESSAGE_SID.fullmatch(sid):
        raise Invalid("This is no message's id.", code="not_a_message")
    return sid


def _problem(status: int, code: str, sentence: str) -> ResponseReturnValue:
    """Problem details (RFC 9457)."""
    body = {"type": "about:blank", "status": status, "code": code, "detail": sentence, "request": current()}
    return body, status, {"Content-Type": "application/problem+json"}
