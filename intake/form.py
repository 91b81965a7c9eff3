"""`POST /tips/form`: a whole tip from a page without JavaScript, its files streamed into the spool.

Everything of it becomes true in one transaction after the last byte: the tip, its uploads, its media. A
form that breaks off leaves nothing behind, since a browser cannot resume it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask, g

from evidence.errors import EvidenceError, Invalid, TooMany
from evidence.media import door as media
from evidence.spool import Standing, Upload, UploadSecret
from evidence.thread import TipText
from evidence.thread.message import FIELD_LIMITS
from evidence.tips.door import AlreadyOpen
from intake.database import DatabaseAway, statement, transaction
from intake.door import Door
from intake.fault import note_fault
from intake.guard.refusals import TooFast
from intake.pages import render_receipt
from intake.pages.language import spoken_in
from intake.repeats import RepeatKey
from intake.tips import DEFAULT_LANGUAGE, keys_for, open_tip_in, require_recent
from intake.uploads import arrival
from intake.uploads.growing import Growing
from intake.uploads.sizes import require_room
from intake.wire.body import Body, Disconnected
from intake.wire.http import Answer, Receive, Request, Scope, Send
from intake.wire.multipart import BrokenForm, PartBegins, PartData, PartEnds, PartEvent, parts

Events = AsyncIterator[PartEvent]

# What else a form brings is read past: its names and values would fill the memory of a door that kept them.
_FIELDS = frozenset({*FIELD_LIMITS, "language", "key"})
# These refuse the key itself, and would again.
_OF_THE_KEY = frozenset({"idempotency_key", "repeated_too_late"})
# The longest field in characters, each of at most four bytes in UTF-8.
MAX_FIELD_BYTES = 4 * max(FIELD_LIMITS.values())


@dataclass(frozen=True)
class FormFile:
    """One file of the form, whole and on the disk."""

    name: str
    standing: Standing
    leaves_sha256: bytes

    @property
    def told_apart(self) -> bytes:
        """What tells this file from any other; the leaf hashes are of all its bytes."""
        size = str(self.standing.offset).encode()
        return b"\0".join([self.name.encode(errors="replace"), size, self.leaves_sha256])


@dataclass
class FilledForm:
    """What has been read of a form so far; `unkept` are the names of files that there was no room for."""

    spoken: str = DEFAULT_LANGUAGE
    fields: dict[str, str] = field(default_factory=dict)
    files: list[FormFile] = field(default_factory=list)
    unkept: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language the page was in; the request's, as long as the form has not said it."""
        return self.fields.get("language") or self.spoken

    @property
    def text(self) -> TipText:
        """What was written; raises `Invalid` where a field is too long."""
        return TipText(**{name: _as_typed(self.fields.get(name, "")) for name in FIELD_LIMITS})


class FormEndpoint:
    """An ASGI app for the form; it answers a page, whatever happens."""

    def __init__(self, door: Door, pages: Flask) -> None:
        self._door = door
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one form in and answer the receipt; a browser that is gone gets none."""
        request = Request(scope)
        query, accepted = scope.get("query_string", b""), request.headers.get("accept-language", "")
        form = FilledForm(spoken_in(query.decode("latin-1"), accepted))
        try:
            words = await self._take(request, receive, form)
            arrived = [(file.name, file.standing.offset) for file in form.files]
            answer = await self._page(
                form.language, lambda: render_receipt(self._pages, form.language, words, arrived, form.unkept)
            )
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
                await _read_words(request, body, form)
            raise
        try:
            coming = Body(receive, idle_seconds=door.settings.body_silence_seconds)
            with door.bodies.reading(coming) as body:
                await _read(door, request, body, form, keeping=no_room is None)
            if no_room and form.unkept and form.text.empty:
                raise no_room
            if form.text.empty and not form.files:
                raise Invalid("Write what you saw, or add a file.", code="empty_tip")
            words, repeated = await door.threads.in_database(_open, door, form)
        except DatabaseAway:
            # It may have the tip all the same, and nobody knows now: what it does not know of expires.
            raise
        except BaseException:
            await _for_each(door, form, door.spool.remove)
            raise
        await _for_each(door, form, door.spool.remove if repeated else door.spool.mark_received)
        return words

    async def _refusal(self, form: FilledForm, refusal: EvidenceError) -> Answer:
        """Answer the page that Flask's own error handlers make of a refusal, with what was written in it.

        Our pages are `no-store`: a browser that goes back may find an empty form.
        """

        def make() -> object:
            g.written = {name: form.fields.get(name, "") for name in FIELD_LIMITS}
            # It may be the answer alone that failed: sent again with its key, the form is still one tip.
            g.key = None if refusal.code in _OF_THE_KEY else form.fields.get("key")
            return self._pages.handle_user_exception(refusal)

        return await self._page(form.language, make)

    async def _page(self, language: str, make: Callable[[], object]) -> Answer:
        return await asyncio.to_thread(self._render, language, make)

    def _render(self, language: str, make: Callable[[], object]) -> Answer:
        with self._pages.test_request_context("/", method="POST", query_string={"lang": language}):
            page = self._pages.make_response(make())  # type: ignore[arg-type]
            page = self._pages.process_response(page)
            return Answer(page.status_code, tuple(page.headers.to_wsgi_list()), page.get_data())


async def _for_each(door: Door, form: FilledForm, settle: Callable[[UUID], None]) -> None:
    for file in form.files:
        await door.threads.on_disk(settle, file.standing.upload.id)


async def _read(door: Door, request: Request, body: Body, form: FilledForm, *, keeping: bool) -> None:
    """Read the whole form: fields into memory, files into the spool, or read past for what follows."""
    events = parts(request.headers.get("content-type", ""), body)
    async for event in events:
        match event:
            case PartBegins(name, None):
                value = await _read_field(events)
                if name in _FIELDS:
                    form.fields[name] = value
            case PartBegins(filename=""):
                await _read_field(events)  # no file was chosen: the part is there and empty
            case PartBegins(filename=str(filename), media_type=media_type):
                if len(form.files) + len(form.unkept) >= door.settings.max_files_per_tip:
                    most = door.settings.max_files_per_tip
                    raise TooMany(
                        f"A tip takes at most {most} files; send another for more.", code="too_many_files"
                    )
                if not keeping:
                    await _read_past(events)
                    form.unkept.append(filename)
                    continue
                file = await _read_file(door, events, filename, media_type)
                form.files.append(file)
                if request.content_length is None:
                    door.guard.count_bytes(request, file.standing.offset)
            case _:
                raise BrokenForm


async def _read_words(request: Request, body: Body, form: FilledForm) -> None:
    """Read what stands before the first file of a form that is refused, so as to give it back."""
    events = parts(request.headers.get("content-type", ""), body)
    async for event in events:
        match event:
            case PartBegins(name, None | ""):
                value = await _read_field(events)
                if name in _FIELDS:
                    form.fields[name] = value
            case _:
                return


async def _read_field(events: Events) -> str:
    value = bytearray()
    async for event in events:
        if isinstance(event, PartEnds):
            return value.decode(errors="replace")
        if isinstance(event, PartData):
            value += event.piece
        if len(value) > MAX_FIELD_BYTES:
            raise Invalid("This is more text than a tip can hold.", code="too_long")
    raise BrokenForm


async def _read_past(events: Events) -> None:
    async for event in events:
        if isinstance(event, PartEnds):
            return
    raise BrokenForm


def _as_typed(value: str) -> str:
    """A form's lines end in CRLF (HTML, 4.10.21.4); a person typed, and a limit counts, one character."""
    return value.replace("\r\n", "\n").strip()


async def _read_file(door: Door, events: Events, filename: str, media_type: str) -> FormFile:
    upload = Upload.new(
        UploadSecret.new(),
        length=None,
        lifetime=door.settings.upload_lifetime,
        sealed_name=arrival.seal_name(door.settings.agency_public_key, filename, media_type),
        metadata="",
    )
    await door.threads.on_disk(door.spool.create, upload)
    try:
        size = await _stream(door, events, upload)
        await door.threads.on_disk(door.spool.declare_length, upload.id, size)
        leaves_sha256 = await door.threads.on_disk(door.spool.complete, upload.id, size)
        standing = await door.threads.on_disk(door.spool.look, upload.id)
    except BaseException:
        await door.threads.on_disk(door.spool.remove, upload.id)
        raise
    return FormFile(filename, standing, leaves_sha256)


async def _stream(door: Door, events: Events, upload: Upload) -> int:
    taken = await door.threads.on_disk(door.spool.take, upload.id)
    with closing(Growing(door.spool, taken, door.threads)) as growing:
        async for event in events:
            if isinstance(event, PartEnds):
                await growing.settle()
                return growing.position
            if isinstance(event, PartData):
                require_room(growing.position + len(event.piece), door.settings.max_file_bytes)
                behind = growing.write(event.piece)
                if behind is not None:
                    await behind
    raise BrokenForm


def _open(door: Door, form: FilledForm) -> tuple[str, bool]:
    """Open the tip with all its files; return the receipt's words.

    And say whether the same form came before: its files are there already, and these are too many.
    """
    repeat_key = RepeatKey.read(form.fields.get("key"), door.settings.database_url)
    keys = keys_for(repeat_key, form.text, form.language, [file.told_apart for file in form.files])
    try:
        with transaction(door.pool) as conn:
            open_tip_in(conn, door.settings, form.text, form.language, keys)
            for file in form.files:
                media.open_upload(
                    conn,
                    file.standing.upload.id,
                    token=keys.token,
                    max_files=door.settings.max_files_per_tip,
                    expires_at=file.standing.expires_at,
                )
                arrival.finish_in(conn, file.standing, file.leaves_sha256)
    except AlreadyOpen:
        with statement(door.pool) as conn:
            require_recent(conn, door.settings, keys)
        return keys.receipt.words, True
    return keys.receipt.words, False
