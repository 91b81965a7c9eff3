"""Twilio, through its own library: what is sent, found, fetched and deleted there.

Nothing that the library raises or logs is passed on: both hold numbers and texts.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Self
from urllib.parse import urljoin, urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from evidence.errors import EvidenceError
from intake.texting.permanence import Fate, fate_of

API = "https://api.twilio.com"
_SECONDS = 20.0
_PIECE = 1 << 16
# Where Twilio keeps files: its API answers with an address there. None of them is asked with our token.
_STORES = (".twilio.com", ".twiliocdn.com", ".s3.amazonaws.com", ".s3-external-1.amazonaws.com")
_MOST_TURNS = 3

_MUTE = logging.getLogger("tipline.intake.texting.unsaid")
_MUTE.addHandler(logging.NullHandler())
_MUTE.propagate = False
_MUTE.setLevel(logging.CRITICAL + 1)


class CarrierError(EvidenceError):
    """The carrier will not, or cannot now: `fate` says which, `number` is Twilio's own code."""

    default_code = "carrier"

    def __init__(self, fate: Fate, number: int | None) -> None:
        super().__init__(f"The carrier refused with code {number}." if number else "The carrier is away.")
        self.fate = fate
        self.number = number


@dataclass(frozen=True)
class Text:
    """A message as the carrier has it; `sent_at` is aware."""

    sid: str
    sender: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    inbound: bool
    status: str
    media: int
    sent_at: datetime | None
    error: int | None = None

    @classmethod
    def read(cls, message: Any) -> Self:
        """Read an instance of the library's."""
        return cls(
            sid=message.sid,
            sender=message.from_ or "",
            to=message.to or "",
            body=message.body or "",
            inbound=message.direction == "inbound",
            status=message.status,
            media=int(message.num_media or 0),
            sent_at=message.date_sent or message.date_created,
            error=message.error_code,
        )


class _At(TwilioHttpClient):  # type: ignore[misc]
    """The library's client, sent to another address than Twilio's own where one is set."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=_SECONDS, logger=_MUTE)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Ask there."""
        return super().request(method, self._base + url.removeprefix(API), *args, **kwargs)


class Twilio:
    """One account, and the number that it texts from. Every method raises `CarrierError`."""

    def __init__(self, account_sid: str, token: str, number: str, base: str = API) -> None:
        self.account_sid = account_sid
        self.number = number
        self._base = base.rstrip("/")
        self._token = token
        self._client = Client(account_sid, token, http_client=_At(self._base), environment={"": ""})

    def send(self, to: str, body: str, callback: str) -> Text:
        """Hand a text over; `callback` is told what becomes of it."""
        with _translated():
            return Text.read(
                self._client.messages.create(to=to, from_=self.number, body=body, status_callback=callback)
            )

    def texts(self, since: datetime, *, to: str | None = None) -> Iterator[Text]:
        """All messages since then, both ways, newest first; only those `to` one number, if it is given."""
        given = {} if to is None else {"to": to}
        with _translated():
            for message in self._client.messages.stream(date_sent_after=since, page_size=200, **given):
                yield Text.read(message)

    def get(self, sid: str) -> Text | None:
        """One message; None where it is deleted."""
        with _gone_is_fine(), _translated():
            return Text.read(self._client.messages(sid).fetch())
        return None

    def media_of(self, sid: str) -> list[tuple[str, str]]:
        """SID and content type of each file of a message; none where it is deleted."""
        with _gone_is_fine(), _translated():
            return [(file.sid, file.content_type or "") for file in self._client.messages(sid).media.list()]
        return []

    def delete_medium(self, sid: str, medium: str) -> None:
        """Delete a file; one that is gone already is no fault."""
        with _gone_is_fine(), _translated():
            self._client.messages(sid).media(medium).delete()

    def delete(self, sid: str) -> None:
        """Delete a message; one that is gone already is no fault."""
        with _gone_is_fine(), _translated():
            self._client.messages(sid).delete()

    def download(self, sid: str, medium: str, into: BinaryIO, most: int) -> int:
        """Write a file's bytes to `into` and return how many; raises `CarrierError` beyond `most`.

        Its address is made of SIDs. Where Twilio answers with another one, it is asked without our token, and
        only where it is of Twilio's own stores, by https.
        """
        url = f"{self._base}/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}/Media/{medium}"
        login: tuple[str, str] | None = (self.account_sid, self._token)
        try:
            for _ in range(_MOST_TURNS):
                with requests.get(
                    url, auth=login or _nobody, timeout=_SECONDS, stream=True, allow_redirects=False
                ) as answer:
                    if not answer.is_redirect:
                        _require_success(answer)
                        return _write(answer, into, most)
                    url, login = self.elsewhere(urljoin(url, answer.headers["Location"])), None
        except requests.RequestException:
            raise CarrierError(Fate.LATER, None) from None
        raise CarrierError(Fate.NEVER, None)

    def elsewhere(self, url: str) -> str:
        """Return an address that the API answered with; raises `CarrierError` where it is none of its own."""
        ours, theirs = urlsplit(self._base), urlsplit(url)
        same = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
        store = (
            theirs.scheme == "https"
            and theirs.port in (None, 443)
            and f".{theirs.hostname}".endswith(_STORES)
        )
        if not (same or store):
            raise CarrierError(Fate.NEVER, None)
        return url


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No authentication, also none that a file in somebody's home would suggest."""
    return request


def _write(answer: requests.Response, into: BinaryIO, most: int) -> int:
    size = 0
    for piece in answer.iter_content(_PIECE):
        size += len(piece)
        if size > most:
            raise CarrierError(Fate.NEVER, None)
        into.write(piece)
    return size


def _require_success(answer: requests.Response) -> None:
    if answer.status_code != requests.codes.ok:
        raise CarrierError(fate_of(answer.status_code, None), answer.status_code)


class _GoneError(CarrierError):
    """There is no such thing at the carrier."""


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """For what asks after one thing: there, and there alone, 404 is no fault."""
    with suppress(_GoneError):
        yield


@contextmanager
def _translated() -> Iterator[None]:
    """Say what the library raises in our own words."""
    try:
        yield
    except TwilioException as refused:
        status, code = _status_and_code(refused)
        failed = _GoneError if status == requests.codes.not_found else CarrierError
        raise failed(fate_of(status, code), code) from None
    except requests.RequestException:
        raise CarrierError(Fate.LATER, None) from None


def _status_and_code(refused: TwilioException) -> tuple[int, int | None]:
    """A list that is refused is told otherwise than all else: by the bare answer (twilio.base.page)."""
    if isinstance(refused, TwilioRestException):
        return refused.status, refused.code
    answer = refused.args[1] if len(refused.args) > 1 else None
    return getattr(answer, "status_code", 500), None
