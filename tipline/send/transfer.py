"""The transfer itself: tuspy, with the patience it lacks."""

import json
import mimetypes
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader.uploader import Uploader

from evidence.errors import EvidenceError, Invalid, Unavailable
from tipline.send.state import SendState

# A chunk is read into memory whole; what of it arrived before a cut is not sent again.
CHUNK_BYTES = 16 * 1024 * 1024
_REQUEST_SECONDS = 30
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0
_ENDED = (404, 410)

T = TypeVar("T")
# Told the index of a file and how many of its bytes have arrived.
Progress = Callable[[int, int], None]


class _Passing(Exception):
    """Something that passes by itself: the network, a restart, a newer request."""


class Refused(EvidenceError):
    """The server understood and will not."""

    default_code = "refused"


class Sender:
    """Carries one `SendState` to its end; `state` is always what is on the disk."""

    def __init__(self, state: SendState, patience_seconds: float, progress: Progress) -> None:
        if urlsplit(state.server).scheme not in ("http", "https"):
            raise Invalid("Give the server as http://… or https://….", code="server_address")
        self.state = state
        self._patience = patience_seconds
        self._progress = progress
        self._deadline = 0.0
        self._furthest = dict.fromkeys(range(len(state.files)), 0)

    def open_tip(self, message: str) -> str:
        """Open the tip, unless an earlier run did, and return the receipt's words.

        Raises `Refused`, or `Unavailable` where nothing answers for the whole patience.
        """
        if self.state.receipt is None:
            self._patiently(lambda: self._open_tip(message))
        return self.state.receipt or ""

    def _open_tip(self, message: str) -> None:
        body = {"what": message, "language": "en", "files": len(self.state.files)}
        request = urllib.request.Request(  # noqa: S310 - only http and https get here
            urljoin(self.state.server, "/tips"),
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as answer:  # noqa: S310
                opened = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise _Passing from error
            raise _refusal(error.code, error.read()) from None
        except OSError as error:
            raise _Passing from error
        self.state = self.state.opened(opened["receipt"], opened["token"])

    def send(self, index: int) -> None:
        """Send one file, or what is missing of it; raises like `open_tip`, and `Invalid` if it changed."""
        file = self.state.files[index]
        if not file.done:
            self._patiently(lambda: self._send(index))
        self._progress(index, file.size)

    def _send(self, index: int) -> None:
        self.state.files[index].require_unchanged()
        try:
            uploader = self._uploader(index)
            self._reached(index, uploader.offset)
            while uploader.offset < self.state.files[index].size:
                uploader.upload_chunk()  # type: ignore[no-untyped-call]
                self._reached(index, uploader.offset)
        except TusCommunicationError as error:
            self._judge(index, error)
        self.state = self.state.with_file(index, url=self.state.files[index].url, done=True)

    def _uploader(self, index: int) -> Uploader:
        file = self.state.files[index]
        client = TusClient(urljoin(self.state.server, "/files/"))
        if file.url is not None:
            return Uploader(file_path=file.path, url=file.url, client=client, chunk_size=CHUNK_BYTES)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        about = {"filename": file.name, "filetype": kind, "tip": self.state.token}
        uploader = Uploader(file_path=file.path, client=client, chunk_size=CHUNK_BYTES, metadata=about)
        uploader.set_url(uploader.create_url())
        self.state = self.state.with_file(index, url=uploader.url)
        return uploader

    def _judge(self, index: int, error: TusCommunicationError) -> NoReturn:
        """Tell what passes by itself from what does not."""
        status = error.status_code
        if status in _ENDED and self.state.files[index].url is not None:
            # The upload expired, or the server lost its disk: this file begins anew, under the same tip.
            self.state = self.state.with_file(index)
            raise _Passing from error
        if status is None or status in (409, 423) or status >= 500:
            raise _Passing from error
        refusal = _refusal(status, error.response_content)
        if refusal.code == "unknown_tip":
            self.state.forget()
        raise refusal from None

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Try until it works; give up once nothing at all has got through for the whole patience."""
        self._hope()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            hope = self._deadline
            try:
                return attempt()
            except _Passing:
                if time.monotonic() + pause > self._deadline:
                    raise Unavailable(
                        "The server cannot be reached. Run the same command again: it goes on from here.",
                        code="server_away",
                    ) from None
            if self._deadline > hope:
                pause = _FIRST_PAUSE_SECONDS
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _reached(self, index: int, offset: int) -> None:
        if offset > self._furthest[index]:
            self._furthest[index] = offset
            self._hope()
        self._progress(index, offset)

    def _hope(self) -> None:
        self._deadline = time.monotonic() + self._patience


def _refusal(status: int, content: bytes | str | None) -> Refused:
    try:
        problem = json.loads(content or "")
        return Refused(problem["detail"], code=problem["code"])
    except (ValueError, KeyError, TypeError):
        return Refused(f"The server refused with status {status}.")
