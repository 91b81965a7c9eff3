"""The few words of ASGI that the native endpoints speak."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: str) -> str | None:
    """Return a request header's value, the first where there are several."""
    wanted = name.lower().encode("ascii")
    for key, value in scope["headers"]:
        if key == wanted:
            return bytes(value).decode("latin-1")
    return None


async def start(send: Send, status: int, headers: Iterable[tuple[str, str]]) -> None:
    """Send a response's status and headers."""
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def send_body(send: Send, body: bytes, *, more: bool = False) -> None:
    """Send a part of a response's body; the last part has `more` False."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has gone; a request's body is read over."""
    while (await receive())["type"] != "http.disconnect":
        pass
