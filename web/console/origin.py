"""Refusing requests that another site made in a reviewer's name (CSRF).

The session cookie is SameSite=Strict already; this is the second lock. Browsers tell where an unsafe
request came from in `Sec-Fetch-Site` (W3C Fetch Metadata) and `Origin` (RFC 6454); no form token is needed.
"""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def comes_from_us(method: str, fetch_site: str | None, origin: str | None, own_origin: str) -> bool:
    """Say whether a request may change something: it is safe by its method, or our own page made it.

    A request with neither header comes from no browser of today; it is refused as well.
    """
    if method in _SAFE_METHODS:
        return True
    if fetch_site is not None and fetch_site != "same-origin":
        return False
    if origin is None:
        return fetch_site == "same-origin"
    return origin == own_origin
