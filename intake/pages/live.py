"""The page from which a citizen goes live. It asks every time, and tells the door what was agreed to."""

import hashlib

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext

from intake.pages.headers import SECURITY_HEADERS
from intake.settings import IntakeSettings

_POLICY = "Permissions-Policy"


def consent(settings: IntakeSettings) -> list[str]:
    """Return what a citizen agrees to, sentence by sentence, in the language of the request."""
    return [
        gettext(
            "If anybody is in danger, call %(number)s. Perhaps nobody is watching at this moment.",
            number=settings.emergency_number,
        ),
        gettext(
            "The picture of your camera goes to staff of %(agency)s, who can watch it at once. The sound "
            "goes with it, unless you switch the microphone off.",
            agency=settings.agency_name,
        ),
        gettext("Your place is sent only if you switch that on. You can stop it by itself."),
        gettext(
            "Everything is kept and sealed, as any file sent to us. Staff can watch it again, and it can "
            "become part of an investigation. No face recognition is used."
        ),
        gettext(
            "The red button stops at once. What was sent until then stays with us: stopping "
            "does not take it back."
        ),
        gettext(
            "Where the signal is weak, what you film is saved on this phone, sent later, and deleted here as "
            "soon as it has arrived."
        ),
        gettext(
            "Staff may write to you over the picture. You never have to do what they ask. Do not put "
            "yourself in danger for a video."
        ),
    ]


def terms_of(sentences: list[str]) -> str:
    """Return the SHA-256, in hex, of what was shown: one sentence a line."""
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()


def add_routes(app: Flask, settings: IntakeSettings) -> None:
    """Add the page. A link's code stands behind the "#" of its address, which no browser sends."""

    @app.get("/live")
    def live_page() -> Response:
        sentences = consent(settings)
        response = make_response(render_template("live.html", consent=sentences, terms=terms_of(sentences)))
        # The one page that may ask a phone for its place, where its owner switches that on.
        response.headers[_POLICY] = SECURITY_HEADERS[_POLICY].replace("geolocation=()", "geolocation=(self)")
        return response
