"""Lists: which messages a filter names, and how a list is cut into pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from tipline.carrier.message import Medium, Message
from tipline.carrier.parameters import PAGE_SIZE, moments_of
from tipline.carrier.refusals import invalid

Listed = TypeVar("Listed", Message, Medium)

_TESTS: Mapping[str, Callable[[datetime, datetime, datetime], bool]] = {
    "DateSent": lambda at, first, after: first <= at < after,
    "DateSent>": lambda at, first, _: at >= first,
    "DateSent<": lambda at, _, after: at < after,
}


def selected(messages: Sequence[Message], said: Mapping[str, str]) -> list[Message]:
    """The messages that fit every filter; `DateSent>` and `DateSent<` include the moment they name."""
    return [message for message in messages if _fits(message, said)]


def _fits(message: Message, said: Mapping[str, str]) -> bool:
    if said.get("To", message.to) != message.to or said.get("From", message.sender) != message.sender:
        return False
    dated = [name for name in _TESTS if name in said]
    at = message.sent
    return not dated or (at is not None and all(_TESTS[name](at, *moments_of(said[name])) for name in dated))


def page_of(
    found: Sequence[Listed],
    said: Mapping[str, str],
    path: str,
    name: str,
    write: Callable[[Listed], dict[str, Any]],
    prefix: str,
) -> dict[str, Any]:
    """One page. A token names the last thing of the page before, so that what comes new moves nothing."""
    size, page, token = int(said.get("PageSize", PAGE_SIZE)), int(said.get("Page", 0)), said.get("PageToken")
    if (page == 0) != (token is None):
        raise invalid("PageToken")
    start = 0 if token is None else _after(found, token.removeprefix(prefix))
    shown = found[start : start + size]
    filters = {key: value for key, value in said.items() if key not in ("Page", "PageToken", "PageSize")}

    def uri(number: int, **more: str) -> str:
        return f"{path}?{urlencode({**filters, 'PageSize': str(size), 'Page': str(number), **more})}"

    follows = len(found) > start + size
    return {
        "first_page_uri": uri(0),
        "previous_page_uri": None if page == 0 else uri(0),
        "next_page_uri": uri(page + 1, PageToken=prefix + shown[-1].sid) if follows else None,
        "uri": uri(page, **({} if token is None else {"PageToken": token})),
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(shown) - 1),
        name: [write(item) for item in shown],
    }


def _after(found: Sequence[Listed], sid: str) -> int:
    for place, item in enumerate(found):
        if item.sid == sid:
            return place + 1
    raise invalid("PageToken")
