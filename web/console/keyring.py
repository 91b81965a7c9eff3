"""A reviewer's own passkeys: make one, see them, remove one."""

from flask import Blueprint, redirect, render_template, request, url_for
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from werkzeug.wrappers import Response

from evidence.errors import Invalid
from evidence.reviewers import passkey as passkeys
from web.console import ceremony
from web.console.house import house, signed_in

pages = Blueprint("passkeys", __name__)


@pages.get("/passkeys")
def show() -> str:
    """Show one's passkeys; right after the first sign-in by link, as an offer."""
    with house().pool.connection() as conn:
        known = passkeys.of_reviewer(conn, signed_in().reviewer.id)
    return render_template(
        "passkeys.html", keys=known, first="first" in request.args and not known, as_text=bytes_to_base64url
    )


@pages.post("/passkeys/options")
def options() -> Response:
    """Pose a challenge for a new passkey."""
    reviewer = signed_in().reviewer
    with house().pool.connection() as conn:
        known = passkeys.of_reviewer(conn, reviewer.id)
        challenge, asked = ceremony.registration_options(house().settings, reviewer, known)
        token = passkeys.pose_challenge(conn, challenge, reviewer.id)
    return ceremony.posed(asked, token, secure=house().settings.secure)


@pages.post("/passkeys")
def register() -> Response:
    """Check what a new passkey proved, and keep it."""
    settings, reviewer = house().settings, signed_in().reviewer
    credential = ceremony.credential_in(request)
    label = " ".join(str(credential.pop("label", "")).split())[:60] or "Passkey"
    token = ceremony.challenge_token_in(request, secure=settings.secure)
    # In a transaction of its own: a challenge is spent, whatever its answer is worth.
    with house().pool.connection() as conn:
        challenge = passkeys.take_challenge(conn, token, reviewer.id)
    made = ceremony.check_registration(settings, credential, challenge)
    with house().pool.connection() as conn:
        passkeys.add(conn, reviewer, made.credential_id, made.credential_public_key, made.sign_count, label)
    response = Response(status=204)
    ceremony.forget_challenge(response, secure=settings.secure)
    return response


@pages.post("/passkeys/remove")
def remove() -> Response:
    """Forget one of one's own passkeys."""
    try:
        credential_id = base64url_to_bytes(request.form["passkey"])
    except ValueError:
        raise Invalid("Choose one of your passkeys.", code="bad_passkey") from None
    with house().pool.connection() as conn:
        passkeys.remove(conn, signed_in().reviewer, credential_id)
    return redirect(url_for("passkeys.show"), 303)
