"""A form's parts, one after the other, as they come over the line."""

from collections.abc import AsyncIterator

from evidence.errors import Invalid, TooMany
from evidence.thread.message import FIELD_LIMITS
from intake.door import Door
from intake.form.filled import FilledForm
from intake.form.keeping import keep_file
from intake.wire.body import Body
from intake.wire.http import Request
from intake.wire.multipart import BrokenForm, PartBegins, PartData, PartEnds, PartEvent, parts

Events = AsyncIterator[PartEvent]

# What else a form brings is read past: its names and values would fill the memory of a door that kept them.
_FIELDS = frozenset({*FIELD_LIMITS, "language", "key", "visit", "link"})
# The longest field in characters, each of at most four bytes in UTF-8.
MAX_FIELD_BYTES = 4 * max(FIELD_LIMITS.values())


async def read_form(door: Door, request: Request, body: Body, form: FilledForm, *, keeping: bool) -> None:
    """Read the whole form: fields into memory, files into the spool, or read past for what follows.

    Raises `TooMany`, `Invalid`, `BrokenForm`, what `keep_file` does, or what interrupted the body.
    """
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
                file = await keep_file(door, events, filename, media_type)
                form.files.append(file)
                if request.content_length is None:
                    door.guard.count_bytes(request, file.standing.offset)
            case _:
                raise BrokenForm


async def read_words(request: Request, body: Body, form: FilledForm) -> None:
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
