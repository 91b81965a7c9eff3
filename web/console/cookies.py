"""The session cookie: a random token, and nothing else."""

from http.cookies import CookieError, SimpleCookie

from werkzeug.wrappers import Response


def cookie_name(*, secure: bool) -> str:
    """Return the cookie's name; the `__Host-` prefix (RFC 6265bis) binds it to this very host over https."""
    return "__Host-tipline" if secure else "tipline"


def give_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Hand the browser its session; it forgets the cookie when it closes."""
    response.set_cookie(
        cookie_name(secure=secure), token, httponly=True, secure=secure, samesite="Strict", path="/"
    )


def take_cookie(response: Response, *, secure: bool) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(
        cookie_name(secure=secure), httponly=True, secure=secure, samesite="Strict", path="/"
    )


def token_in(cookie_header: str, *, secure: bool) -> str | None:
    """Read the session token out of a raw `Cookie` header, for endpoints outside Flask."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(cookie_header)
    except CookieError:
        return None
    found = jar.get(cookie_name(secure=secure))
    return found.value if found else None
