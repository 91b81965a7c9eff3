"""Who is let in: before every page, and for the native endpoints, one rule."""

from flask import Flask, g, redirect, request, url_for
from werkzeug.exceptions import NotFound as NoSuchRoute
from werkzeug.wrappers import Response

from evidence.errors import EvidenceError, Forbidden
from evidence.reviewers import session as sessions
from evidence.reviewers.session import Session
from web.console import access, errors, headers, metrics
from web.console.cookies import cookie_name
from web.console.house import House
from web.console.origin import comes_from_us

# A page that refreshes itself says so: only what a person does keeps a session alive.
LIVE_HEADER = "X-Tipline-Live"
# These answer also while the database is away.
_ASK_NOBODY = frozenset({"static", "health.alive", "health.ready"})


class SignedOut(EvidenceError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    default_code = "signed_out"


def install(app: Flask, house: House) -> None:
    """Put the guard before, and the headers after, every request of `app`."""
    secure = house.settings.secure

    @app.before_request
    def let_in() -> Response | None:
        fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if not comes_from_us(request.method, fetch_site, origin, house.settings.origin):
            raise Forbidden("This request did not come from the console's own page.", code="foreign_origin")
        if request.endpoint is None:
            raise NoSuchRoute
        g.session = _session(house)
        if request.endpoint in access.PUBLIC:
            return None
        if g.session is None:
            return _ask_to_sign_in()
        check(g.session, request.endpoint)
        return None

    @app.after_request
    def dress(response: Response) -> Response:
        metrics.REQUESTS.labels(request.endpoint or "none", str(response.status_code)).inc()
        return headers.put_on(response, secure=secure)


def check(session: Session, endpoint: str) -> None:
    """Raise `Forbidden` where the session's reviewer may not use `endpoint`, or nobody decided who may."""
    act = access.required_act(endpoint) if endpoint in access.REQUIRED or endpoint in access.NATIVE else None
    if act is None or not session.reviewer.may(act):
        raise Forbidden(f"Your role, {session.reviewer.role}, does not allow this.", code="role_forbids")


def _session(house: House) -> Session | None:
    token = request.cookies.get(cookie_name(secure=house.settings.secure))
    if not token or request.endpoint in _ASK_NOBODY:
        return None
    find = sessions.peek if LIVE_HEADER in request.headers else sessions.resume
    with house.pool.connection() as conn:
        return find(conn, token, idle=house.settings.idle)


def _ask_to_sign_in() -> Response:
    if errors.wants_json() or request.method != "GET":
        return errors.answer(SignedOut("You are signed out. Sign in again to go on."))
    return redirect(url_for("signin.ask", next=request.full_path.rstrip("?")))
