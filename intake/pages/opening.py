"""`POST /tips`: the page's script opens a tip, and gets the receipt and the token for its uploads."""

from typing import Any

from flask import Flask, Response, jsonify, request

from evidence.db.connect import Pool
from evidence.errors import Invalid
from evidence.thread import TipText
from evidence.thread.message import FIELD_LIMITS
from intake.pages import language
from intake.pages.amounts import Limits
from intake.repeats import HEADER, RepeatKey
from intake.settings import IntakeSettings
from intake.tips import open_tip


def add_routes(app: Flask, settings: IntakeSettings, pool: Pool) -> None:
    """Add the one route."""

    @app.post("/tips")
    def open_by_script() -> tuple[Response, int]:
        body = _body()
        text = _text(body)
        if text.empty and not _announced_files(body):
            raise Invalid("Write what you saw, or add a file.", code="empty_tip")
        spoken = language.known(body.get("language")) or language.spoken()
        repeat_key = RepeatKey.read(request.headers.get(HEADER), settings.database_url)
        opened = open_tip(pool, settings, text, spoken, repeat_key)
        limits = Limits.of(settings)
        answer = {
            "receipt": opened.receipt.words,
            "token": opened.token_text,
            "uploads": "/files/",
            "limits": {
                "files": limits.files,
                "bytes": limits.bytes,
                "hours": settings.upload_hours,
            },
        }
        return jsonify(answer), 201


def _body() -> dict[str, Any]:
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets within brackets: json's own limit, and no fault of ours
        body = None
    if not isinstance(body, dict):
        raise Invalid("Send a JSON object with what, where, when, contact and language.", code="not_json")
    return body


def _text(body: dict[str, Any]) -> TipText:
    fields = {name: body.get(name, "") for name in FIELD_LIMITS}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise Invalid(f"The field {name!r} must be text.", code="not_text")
    return TipText(**{name: value.strip() for name, value in fields.items()})


def _announced_files(body: dict[str, Any]) -> int:
    count = body.get("files", 0)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise Invalid("The field 'files' must be the number of files that follow.", code="not_a_number")
    return count
