"""The transfer itself: tuspy, with the patience it lacks."""

import json
import mimetypes
import socket
import struct
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader.uploader import Uploader
from urllib3.connection import HTTPConnection

from evidence.errors import EvidenceError, Invalid, Unavailable
from intake.guard.proof import HEADER as PROOF
from intake.guard.proof import solve
from tipline.send.state import SendState

# A chunk is read into memory whole; what of it arrived before a cut is not sent again.
CHUNK_BYTES = 16 * 1024 * 1024
_REQUEST_SECONDS = 30
# A slow line still empties its buffer within this time.
_SILENCE_SECONDS = 120.0
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0
_ENDED = (404, 410)
# The server still holds the line that broke, or knows the offset better.
_SETTLING = (409, 423)
_TOO_MANY_REQUESTS = 429
_KEY = "Idempotency-Key"

_LIMITS = tuple((socket.SOL_SOCKET, option) for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO))

T = TypeVar("T")
# Told the index of a file and how many of its bytes have arrived.
Progress = Callable[[int, int], None]


class _Passing(Exception):
    """Something that passes by itself: the network, a restart, a newer request, a full disk.

    The text is what the server said of it, empty where nothing answered; not sooner than in `seconds`.
    """

    def __init__(self, why: str = "", seconds: float = 0.0) -> None:
        super().__init__(why)
        self.seconds = seconds


class Refused(EvidenceError):
    """The server understood and will not."""

    default_code = "refused"


class Sender:
    """Carries one `SendState` to its end; `state` is always what is on the disk."""

    def __init__(self, state: SendState, patience_seconds: float, progress: Progress) -> None:
        if urlsplit(state.server).scheme not in ("http", "https"):
            raise Invalid("Give the server as http://… or https://….", code="server_address")
        _let_no_line_hang(min(_SILENCE_SECONDS, patience_seconds))
        self.state = state
        self._patience = patience_seconds
        self._progress = progress
        self._deadline = 0.0
        self._proof: str | None = None
        self._furthest = dict.fromkeys(range(len(state.files)), 0)

    def open_tip(self, message: str) -> str:
        """Open the tip, unless an earlier run did, and return the receipt's words.

        Raises `Refused`, or `Unavailable` where nothing answers for the whole patience.
        """
        if self.state.receipt is None:
            self.state = self.state.begun()
            try:
                self._patiently(lambda: self._open_tip(message))
            except Refused:
                self.state.forget()
                raise
        return self.state.receipt or ""

    def _open_tip(self, message: str) -> None:
        body = {"what": message, "language": "en", "files": len(self.state.files)}
        request = urllib.request.Request(  # noqa: S310 - only http and https get here
            urljoin(self.state.server, "/tips"),
            json.dumps(body).encode(),
            {"Content-Type": "application/json", _KEY: self.state.key, **self._proven()},
        )
        try:
            status, content, retry_after = _answer_to(request)
        except (OSError, HTTPException) as error:
            raise _Passing from error
        if status >= 400:
            self._judge(status, content, retry_after)
        opened = _members(content)
        if "receipt" not in opened:  # an answer that was cut off
            raise _Passing
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
            self._judge_upload(index, error)
        self.state = self.state.with_file(index, url=self.state.files[index].url, done=True)

    def _uploader(self, index: int) -> Uploader:
        file = self.state.files[index]
        files = urljoin(self.state.server, "/files/")
        if file.url is not None:
            client = TusClient(files)
            return Uploader(file_path=file.path, url=file.url, client=client, chunk_size=CHUNK_BYTES)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        about = {"filename": file.name, "filetype": kind, "tip": self.state.token}
        opening = TusClient(files, {_KEY: file.key, **self._proven()})
        opener = Uploader(file_path=file.path, client=opening, chunk_size=CHUNK_BYTES, metadata=about)
        self.state = self.state.with_file(index, url=opener.create_url())
        return self._uploader(index)

    def _judge_upload(self, index: int, error: TusCommunicationError) -> NoReturn:
        status, code = error.status_code, _members(error.response_content).get("code")
        if code == "upload_ended" or (status in _ENDED and self.state.files[index].url is not None):
            # The upload expired, or the server lost its disk: this file begins anew, under the same tip.
            self.state = self.state.with_file(index)
            raise _Passing from error
        if status is None or status in _SETTLING:
            raise _Passing from error
        try:
            self._judge(status, error.response_content)
        except Refused as refusal:
            if refusal.code == "unknown_tip":
                self.state.forget()
            raise

    def _judge(self, status: int, content: bytes | str | None, retry_after: str = "") -> NoReturn:
        """Tell what passes by itself, or with a proof of work, from what does not."""
        problem = _members(content)
        if problem.get("code") == "proof_needed":
            self._proof = str(solve(problem))
            raise _Passing(problem["detail"])
        # Without a code it is from something before the server, with limits of its own.
        crowded = status == _TOO_MANY_REQUESTS and (bool(retry_after) or "code" not in problem)
        if status >= 500 or crowded:
            seconds = float(retry_after) if retry_after.isdecimal() else 0.0
            raise _Passing(problem.get("detail", ""), seconds)
        detail = problem.get("detail", f"The server refused with status {status}.")
        raise Refused(detail, code=problem.get("code"))

    def _proven(self) -> dict[str, str]:
        """Return the header with the proof that was asked for, if any was; it counts once."""
        proof, self._proof = self._proof, None
        return {} if proof is None else {PROOF: proof}

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Try until it works; give up once nothing at all has got through for the whole patience."""
        self._hope()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            hope = self._deadline
            try:
                return attempt()
            except _Passing as passing:
                wait = max(pause, passing.seconds)
                if time.monotonic() + wait > self._deadline:
                    why = str(passing) or "The server cannot be reached."
                    raise Unavailable(
                        f"{why} Run the same command again: it goes on from here.", code="server_away"
                    ) from None
            if self._deadline > hope:
                pause = _FIRST_PAUSE_SECONDS
            time.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _reached(self, index: int, offset: int) -> None:
        if offset > self._furthest[index]:
            self._furthest[index] = offset
            self._hope()
        self._progress(index, offset)

    def _hope(self) -> None:
        self._deadline = time.monotonic() + self._patience


def _let_no_line_hang(seconds: float) -> None:
    """tuspy asks without a timeout, and waits for ever where a network died without a word.

    So the operating system ends the wait (socket(7), SO_RCVTIMEO). urllib3 documents the list of options;
    it is the process's own, and sending is all that it does.
    """
    moment = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
    kept = [option for option in HTTPConnection.default_socket_options if option[:2] not in _LIMITS]
    HTTPConnection.default_socket_options[:] = [
        *kept,
        *((level, option, moment) for level, option in _LIMITS),
    ]


def _answer_to(request: urllib.request.Request) -> tuple[int, bytes, str]:
    """Ask, and return status, content and `Retry-After`; no whole one is an `OSError` or `HTTPException`."""
    try:
        with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read(), ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(), refusal.headers.get("Retry-After", "")


def _members(content: bytes | str | None) -> dict[str, Any]:
    """Read an object of JSON, such as problem details (RFC 9457); nothing where the answer is a proxy's."""
    try:
        problem = json.loads(content or "")
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
