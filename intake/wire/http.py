"""The little of HTTP that the native endpoints need: a request's head, an answer, a problem (RFC 9457)."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from evidence.errors import EvidenceError, Invalid
from evidence.telemetry import request
from intake.metrics import REFUSALS
from intake.wire.straight import STRAIGHT, Straight

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[str, str], ...]

SECURITY_HEADERS: Headers = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
# Refusals that pass by themselves.
_RETRY_AFTER_SECONDS = {423: 1, 503: 2, 507: 60}


class MethodNotAllowed(EvidenceError):
    """The address exists; it does not do that. `allowed` is what Allow says it does (RFC 9110, 10.2.1)."""

    status = 405
    default_code = "method_not_allowed"

    def __init__(self, sentence: str, allowed: str) -> None:
        super().__init__(sentence)
        self.allowed = allowed


@dataclass(frozen=True)
class Request:
    """The head of a request; the body stays with the connection."""

    scope: Scope

    @property
    def method(self) -> str:
        """The method: whatever it is, `X-HTTP-Method-Override` goes before it (tus 1.0)."""
        method: str = self.scope["method"]
        return self.headers.get("x-http-method-override", method).upper()

    @property
    def path(self) -> str:
        """The decoded path."""
        path: str = self.scope["path"]
        return path

    @cached_property
    def headers(self) -> dict[str, str]:
        """Header values by lower-case name; repeated ones joined by commas (RFC 9110, 5.3)."""
        found: dict[str, str] = {}
        for name, value in self.scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            found[key] = f"{found[key]},{text}" if key in found else text
        return found

    @property
    def straight(self) -> Straight | None:
        """The server's offer to read the body straight from the socket, where it makes one."""
        found: Straight | None = self.scope.get("extensions", {}).get(STRAIGHT)
        return found

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def content_length(self) -> int | None:
        """The announced size of the body in bytes; None for a chunked one. 0 where there is none."""
        if "transfer-encoding" in self.headers:
            return None
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()):
            raise Invalid("Content-Length is not a number.", code="content_length")
        return int(text)


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Send it whole, with the security headers that it does not set itself."""
        given = {name.lower() for name, _ in self.headers}
        headers = [*self.headers, *(pair for pair in SECURITY_HEADERS if pair[0].lower() not in given)]
        # A 204 has no body, and says nothing of its length (RFC 9110, 8.6).
        if self.status != HTTPStatus.NO_CONTENT and "content-length" not in given:
            headers.append(("Content-Length", str(len(self.body))))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": self.status, "headers": encoded})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(status: int, content: object, headers: Headers = ()) -> Answer:
    """Answer JSON."""
    return Answer(status, (("Content-Type", "application/json"), *headers), json.dumps(content).encode())


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a number that a protocol gave itself: 460 of tus
        return "Refused"


def problem(error: EvidenceError, headers: Headers = ()) -> Answer:
    """Answer a refusal as problem details (RFC 9457): a stable code, and a sentence that says what to do."""
    REFUSALS.labels(error.code).inc()
    content = {
        "type": "about:blank",
        "title": _title(error.status),
        "status": error.status,
        "code": error.code,
        "detail": error.sentence,
        "request": request.current(),
        **error.members,
    }
    wait = error.retry_after or _RETRY_AFTER_SECONDS.get(error.status)
    if wait is not None:
        headers = (("Retry-After", str(wait)), *headers)
    if isinstance(error, MethodNotAllowed):
        headers = (("Allow", error.allowed), *headers)
    return Answer(
        error.status,
        (("Content-Type", "application/problem+json"), *headers),
        json.dumps(content).encode(),
    )
