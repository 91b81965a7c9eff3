"""Who is calling, where proxies stand in between: only what a named proxy says of its client is believed."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from intake.settings import IntakeSettings
from intake.wire.http import Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("tipline.intake")

_MAPPED_IPV4 = "::ffff:"


class KnownCaller:
    """Puts the caller's address into the scope: `X-Forwarded-For` from the right, past every named proxy.

    What stands further to the left was written by whoever called, and is not looked at.
    """

    def __init__(self, app: App, proxies: Sequence[str]) -> None:
        # Where no proxy is named, the caller is who holds the line.
        self._app = (
            cast(App, ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=list(proxies))) if proxies else app
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on with its caller."""
        if client := scope.get("client"):
            # A socket for both families writes an address of IPv4 in the form of IPv6.
            scope["client"] = (client[0].removeprefix(_MAPPED_IPV4), client[1])
        return self._app(scope, receive, send)


def warn_of_unnamed_proxy(settings: IntakeSettings) -> None:
    """Log that everybody will be one client: where we speak no TLS, https means a proxy in front."""
    in_front = settings.url.startswith("https://") and settings.https_folder is None
    if in_front and not settings.trusted_proxies:
        log.warning(
            "People come through a proxy that TIPLINE_TRUSTED_PROXIES does not name: "
            "all of them together have the limits of one."
        )
