"""Coming in and going out: by single-use link, by passkey."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from evidence.errors import EvidenceError, Forbidden
from evidence.reviewers import passkey as passkeys
from evidence.reviewers import session as sessions
from evidence.reviewers.reviewer import get as get_reviewer
from evidence.reviewers.signin import use_link
from web.console import ceremony, metrics
from web.console.cookies import give_cookie, take_cookie
from web.console.house import house, signed_in

pages = Blueprint("signin", __name__)


@pages.get("/signin")
def ask() -> Response | str:
    """Ask who is there. A link's page only shows a button: mail scanners follow links, people press."""
    token = request.args.get("token", "")
    if g.session and not token:
        return redirect(own_path(request.args.get("next")))
    return render_template(
        "signin.html", token=token, next=own_path(request.args.get("next")), ended="ended" in request.args
    )


@pages.post("/signin")
def consume() -> Response:
    """Use a link up and begin a session; who has no passkey yet is offered to make one."""
    settings = house().settings
    with house().pool.connection() as conn, _counted("link"):
        reviewer = use_link(conn, request.form.get("token", ""))
        token = sessions.begin(conn, reviewer, "link", longest=settings.longest)
        first_time = not passkeys.of_reviewer(conn, reviewer.id)
    response = redirect(url_for("passkeys.show", first=1) if first_time else url_for("queue.show"), 303)
    give_cookie(response, token, secure=settings.secure)
    return response


@pages.post("/signin/passkey/options")
def passkey_options() -> Response:
    """Pose a challenge to whichever passkey answers."""
    with house().pool.connection() as conn:
        challenge, options = ceremony.sign_in_options(house().settings)
        token = passkeys.pose_challenge(conn, challenge, None)
    return ceremony.posed(options, token, secure=house().settings.secure)


@pages.post("/signin/passkey")
def passkey() -> Response:
    """Check a passkey's answer and begin a session."""
    with _counted("passkey"):
        return _passkey()


def _passkey() -> Response:
    settings = house().settings
    credential = ceremony.credential_in(request)
    token = ceremony.challenge_token_in(request, secure=settings.secure)
    # In a transaction of its own: a challenge is spent, whatever its answer is worth.
    with house().pool.connection() as conn:
        challenge = passkeys.take_challenge(conn, token, None)
    with house().pool.connection() as conn:
        known = passkeys.find(conn, ceremony.credential_id(credential))
        reviewer = get_reviewer(conn, known.reviewer_id) if known else None
    if known is None or reviewer is None or not reviewer.active:
        raise Forbidden("This passkey is not known here. Use a sign-in link.", code="passkey_unknown")
    known.require_unlocked(datetime.now(UTC))
    try:
        sign_count = ceremony.check_sign_in(settings, credential, challenge, known)
    except Forbidden:
        with house().pool.connection() as conn:
            passkeys.note_refusal(conn, known)
        raise
    with house().pool.connection() as conn:
        passkeys.note_use(conn, known, sign_count)
        token = sessions.begin(conn, reviewer, "passkey", longest=settings.longest)
    response = Response(status=204)
    give_cookie(response, token, secure=settings.secure)
    ceremony.forget_challenge(response, secure=settings.secure)
    return response


@pages.post("/signout")
def leave() -> Response:
    """End the session."""
    with house().pool.connection() as conn:
        sessions.end(conn, signed_in())
    response = redirect(url_for("signin.ask"), 303)
    take_cookie(response, secure=house().settings.secure)
    return response


@contextmanager
def _counted(way: str) -> Iterator[None]:
    """Count a sign-in, or that it was refused."""
    try:
        yield
    except EvidenceError:
        metrics.SIGN_INS_REFUSED.labels(way).inc()
        raise
    metrics.SIGN_INS.labels(way).inc()


def own_path(wanted: str | None) -> str:
    """Return a path on this very console: an address elsewhere, or none, becomes the queue."""
    parts = urlsplit(wanted or "/")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith(("//", "/\\")):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")
