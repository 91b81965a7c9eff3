"""`POST /tips`: the page's script opens a tip, and gets the receipt and the token for its uploads.

Answered natively, since this is where a flood comes: what is refused costs neither a thread nor a page's
machinery, and what is accepted one turn of a thread.
"""

import json
from typing import Any

from evidence.errors import Invalid
from evidence.thread import TipText
from evidence.thread.message import FIELD_LIMITS
from intake.door import Door
from intake.fault import answered
from intake.pages.language import known, spoken_in
from intake.repeats import HEADER, RepeatKey
from intake.tips import open_tip
from intake.uploads.addresses import PREFIX as UPLOADS
from intake.wire.body import Body, read_whole
from intake.wire.http import Answer, MethodNotAllowed, Receive, Request, Scope, Send, json_answer

PATH = "/tips"


class OpeningEndpoint:
    """An ASGI app for the one address; it answers JSON, whatever happens."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open one tip; a client that is gone gets no answer."""
        answer = await answered(self._open(Request(scope), receive), "a tip")
        if answer is not None:
            await answer.send(send)

    async def _open(self, request: Request, receive: Receive) -> Answer:
        door = self._door
        if request.method != "POST":
            raise MethodNotAllowed("A tip is opened here with POST.", "POST")
        await door.guard.admit_tip(request)
        with door.bodies.reading(Body(receive)) as body:
            told = _parse(await read_whole(body))
        text = _text(told)
        if text.empty and not _announced_files(told):
            raise Invalid("Write what you saw, or add a file.", code="empty_tip")
        repeat_key = RepeatKey.read(request.headers.get(HEADER.lower()), door.settings.database_url)
        opened = await door.threads.in_database(
            open_tip, door.pool, door.settings, text, _language(told, request), repeat_key
        )
        limits = {
            "files": door.settings.max_files_per_tip,
            "bytes": door.settings.max_file_bytes,
            "hours": door.settings.upload_hours,
        }
        receipt = {"receipt": opened.receipt.words, "token": opened.token_text}
        return json_answer(201, {**receipt, "uploads": f"{UPLOADS}/", "limits": limits})


def _parse(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):  # brackets within brackets: json's own limit, and no fault of ours
        told = None
    if not isinstance(told, dict):
        raise Invalid("Send a JSON object with what, where, when, contact and language.", code="not_json")
    return told


def _text(told: dict[str, Any]) -> TipText:
    fields = {name: told.get(name, "") for name in FIELD_LIMITS}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise Invalid(f"The field {name!r} must be text.", code="not_text")
    return TipText(**{name: value.strip() for name, value in fields.items()})


def _announced_files(told: dict[str, Any]) -> int:
    count = told.get("files", 0)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise Invalid("The field 'files' must be the number of files that follow.", code="not_a_number")
    return count


def _language(told: dict[str, Any], request: Request) -> str:
    """Return the language the page was in; else the one that the browser asks for."""
    query: bytes = request.scope.get("query_string", b"")
    accepted = request.headers.get("accept-language", "")
    return known(told.get("language")) or spoken_in(query.decode("latin-1"), accepted)
