"""Problem details (RFC 9457): how a program learns what went wrong."""

import json
from http import HTTPStatus

from evidence.telemetry import request

MIME = "application/problem+json"


def problem(status: int, code: str, detail: str) -> bytes:
    """Return the JSON of one problem."""
    title = HTTPStatus(status).phrase
    fields = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    return json.dumps({**fields, "request": request.current()}).encode()
