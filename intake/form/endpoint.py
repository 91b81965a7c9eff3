"""`POST /tips/form` and `POST /r/files`: a whole tip, or more files for one, from a page without JavaScript.

Files are streamed into the spool. Everything becomes true in one transaction after the last byte: the tip,
its uploads, its media. A form that breaks off leaves nothing behind, since a browser cannot resume it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, g

from evidence.errors import EvidenceError
from evidence.spool import DiskFull
from evidence.thread.message import FIELD_LIMITS
from intake.database import DatabaseAway
from intake.door import Door
from intake.fault import note_fault
from intake.form.filled import FilledForm
from intake.form.opening import open_filled
from intake.form.reading import read_form, read_words
from intake.guard.refusals import TooFast
from intake.pages import render_receipt
from intake.pages.language import spoken_in
from intake.wire.body import Body, Disconnected
from intake.wire.http import Answer, Receive, Request, Scope, Send

# These refuse the key itself, and would again.
_OF_THE_KEY = frozenset({"idempotency_key", "repeated_too_late"})


@dataclass(frozen=True)
class Purpose:
    """What a form is for. `settle` makes it true, in one transaction, and says what the page is made with and
    whether the same form came before; `show` makes the page, `refuse` the one that says why not.
    """

    settle: Callable[[Door, FilledForm], tuple[str, bool]]
    show: Callable[[Flask, FilledForm, str], object]
    refuse: Callable[[Flask, FilledForm, EvidenceError], object]


OPENING = Purpose(
    open_filled,
    lambda pages, form, words: render_receipt(
        pages, form.language, words, [(file.name, file.standing.offset) for file in form.files], form.unkept
    ),
    lambda pages, _, refusal: pages.handle_user_exception(refusal),
)


class FormEndpoint:
    """An ASGI app for one of the forms; it answers a page, whatever happens."""

    def __init__(self, door: Door, pages: Flask, purpose: Purpose = OPENING) -> None:
        self._door = door
        self._pages = pages
        self._purpose = purpose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one form in and answer the receipt; a browser that is gone gets none."""
        request = Request(scope)
        query, accepted = scope.get("query_string", b""), request.headers.get("accept-language", "")
        form = FilledForm(spoken_in(query.decode("latin-1"), accepted))
        try:
            settled = await self._take(request, receive, form)
            answer = await self._page(form.language, lambda: self._purpose.show(self._pages, form, settled))
        except Disconnected:
            return
        except EvidenceError as refusal:
            answer = await self._refusal(form, refusal)
        except Exception as error:
            answer = await self._refusal(form, note_fault("a form", error))
        await answer.send(send)

    async def _take(self, request: Request, receive: Receive, form: FilledForm) -> str:
        door = self._door
        try:
            no_room = await door.guard.admit_form(request)
        except TooFast:
            with door.bodies.reading(Body(receive)) as body:
                await read_words(request, body, form)
            raise
        try:
            coming = Body(receive, idle_seconds=door.settings.body_silence_seconds)
            with door.bodies.reading(coming) as body:
                await read_form(door, request, body, form, keeping=no_room is None)
            if no_room and form.unkept and form.text.empty:
                raise no_room
        except BaseException:
            await self._for_each(form, door.spool.remove)
            raise
        return await self._open(form)

    async def _open(self, form: FilledForm) -> str:
        door = self._door
        try:
            settled, repeated = await door.threads.in_database(self._purpose.settle, door, form)
        except (DatabaseAway, asyncio.CancelledError):
            # It may have the tip all the same, and nobody knows now: what it does not know of expires.
            raise
        except BaseException:
            await self._for_each(form, door.spool.remove)
            raise
        try:
            await self._for_each(form, door.spool.remove if repeated else door.spool.mark_received)
        except (DiskFull, OSError) as error:
            # The tip is there. What is not marked yet, the look through the spool marks.
            note_fault("marking the files of a form", error)
        return settled

    async def _for_each(self, form: FilledForm, settle: Callable[[UUID], None]) -> None:
        for file in form.files:
            await self._door.threads.on_disk(settle, file.standing.upload.id)

    async def _refusal(self, form: FilledForm, refusal: EvidenceError) -> Answer:
        """Answer the page that Flask's own error handlers make of a refusal, with what was written in it.

        Our pages are `no-store`: a browser that goes back may find an empty form.
        """

        def make() -> object:
            g.written = {name: form.fields.get(name, "") for name in FIELD_LIMITS}
            # It may be the answer alone that failed: sent again with its key, the form is still one tip.
            g.key = None if refusal.code in _OF_THE_KEY else form.fields.get("key")
            return self._purpose.refuse(self._pages, form, refusal)

        return await self._page(form.language, make)

    async def _page(self, language: str, make: Callable[[], object]) -> Answer:
        return await asyncio.to_thread(self._render, language, make)

    def _render(self, language: str, make: Callable[[], object]) -> Answer:
        with self._pages.test_request_context("/", method="POST", query_string={"lang": language}):
            page = self._pages.make_response(make())  # type: ignore[arg-type]
            page = self._pages.process_response(page)
            return Answer(page.status_code, tuple(page.headers.to_wsgi_list()), page.get_data())
