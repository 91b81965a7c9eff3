"""The headers of every answer of the public door's pages."""

import gzip
from collections.abc import Mapping

from flask import Flask, Response, request

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

# For the endpoints beside Flask too, where they answer a page.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), screen-wake-lock=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KEEP_NOWHERE = "no-store"
_HTML = "text/html"


def install(app: Flask, *, secure: bool) -> None:
    """Put the headers on every answer, and compress the pages that hold no secret."""

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        # A page may hold words that open a tip, and a phone may be searched: nothing is kept.
        response.headers.setdefault("Cache-Control", KEEP_NOWHERE)
        if response.mimetype == _HTML:
            response.vary.add("Accept-Language")
            if request.method == "GET":
                _compress(response)
        return response


def _compress(response: Response) -> None:
    """Compress a page; never an answer to POST: it holds secrets, and compression leaks lengths (BREACH)."""
    if not request.accept_encodings.quality("gzip") or response.is_streamed:
        return
    response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
    response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
