"""A form's parts as they arrive (RFC 7578), never held whole."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from evidence.errors import Invalid
from intake.wire.body import Body

_MAX_PART_HEADERS = 16


class BrokenForm(Invalid):
    """The body is not a whole form."""

    default_code = "broken_form"

    def __init__(self) -> None:
        super().__init__("The form did not arrive whole. Go back and send it again.")


@dataclass(frozen=True)
class PartBegins:
    """A part begins; `filename` is None for a plain field, and empty where no file was chosen."""

    name: str
    filename: str | None
    media_type: str


@dataclass(frozen=True)
class PartData:
    """Some bytes of the part that began last."""

    piece: bytes


@dataclass(frozen=True)
class PartEnds:
    """The part that began last is whole."""


PartEvent = PartBegins | PartData | PartEnds


@dataclass
class _Collector:
    """Turns the parser's callbacks into events."""

    events: list[PartEvent] = field(default_factory=list)
    ended: bool = False
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytes = b""
    _value: bytes = b""

    def on_part_begin(self) -> None:
        self._headers = {}

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        _, options = parse_options_header(disposition)
        if b"name" not in options:
            raise BrokenForm
        filename = options.get(b"filename")
        self.events.append(
            PartBegins(
                name=options[b"name"].decode(errors="replace"),
                filename=None if filename is None else filename.decode(errors="replace"),
                media_type=self._headers.get(b"content-type", b"").decode("latin-1"),
            )
        )

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.events.append(PartData(data[start:end]))

    def on_part_end(self) -> None:
        self.events.append(PartEnds())

    def on_end(self) -> None:
        self.ended = True


async def parts(content_type: str, body: Body) -> AsyncIterator[PartEvent]:
    """Yield a form's parts as they come; raises `BrokenForm`, or whatever interrupts the body."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Invalid("Send the form as multipart/form-data.", code="not_a_form")
    collector = _Collector()
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": collector.on_part_begin,
                "on_part_data": collector.on_part_data,
                "on_part_end": collector.on_part_end,
                "on_header_field": collector.on_header_field,
                "on_header_value": collector.on_header_value,
                "on_header_end": collector.on_header_end,
                "on_headers_finished": collector.on_headers_finished,
                "on_end": collector.on_end,
            },
            max_header_count=_MAX_PART_HEADERS,
        )
        while (piece := await body.read()) is not None:
            parser.write(piece)
            arrived, collector.events = collector.events, []
            for event in arrived:
                yield event
    except FormParserError:
        raise BrokenForm from None
    if not collector.ended:
        raise BrokenForm
