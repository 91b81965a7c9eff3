"""A phone whose every request reaches whichever process chance says, and whose lines break all the time."""

import hashlib
import random
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from evidence.spool import LEAF_BYTES, UploadSecret
from tests.intake.crowd import Crowd
from tests.intake.tus.client import BYTES, TUS, HalfSent
from tests.waiting import eventually

# Taken over by a newer request, or its process ends: ask again.
_LATER = (423, 503)
_CUT = httpx.Response(503)


@dataclass
class Wanderer:
    """One upload. PATCHes are left hanging, gone on with elsewhere, and garbage follows on the line left."""

    crowd: Crowd
    chance: random.Random
    content: bytes
    deferred: bool = False
    path: str = ""
    offset: int = 0  # the highest that was acknowledged
    ended: bool = False
    lines: list[HalfSent] = field(default_factory=list)
    known: list[HalfSent] = field(default_factory=list)

    @property
    def upload_id(self) -> UUID:
        return UploadSecret.from_text(self.path.rpartition("/")[2]).upload_id

    def wander(self) -> "Wanderer":
        """Send all of it; one in eight is given up half-way."""
        self.open()
        gives_up = self.chance.random() < 1 / 8
        steps = (self.send, self.send, self.send_verified, self.hang, self.hang, self.mistake, self.ask)
        while self.offset < len(self.content) and not self.ended:
            self.chance.choice(steps)()
            self.spoil()
            if gives_up and len(self.content) // 2 < self.offset < len(self.content):
                self.end()
        for line in self.lines:
            line.finish()
        return self

    def open(self) -> None:
        """Declare the length or put it off; send first bytes along or none."""
        self.deferred = self.chance.random() < 0.4
        size = {"Upload-Defer-Length": "1"} if self.deferred else {"Upload-Length": str(len(self.content))}
        first = self.content[: self.chance.choice((0, 1, len(self.content) // 3))]
        answer = self.insist("POST", "/files/", {**size, **(BYTES if first else {})}, first)
        assert answer.status_code == 201, answer.text
        self.path = answer.headers["location"]
        self.offset = int(answer.headers["upload-offset"])

    def ask(self) -> None:
        """Go on from what HEAD tells: never less than was acknowledged."""
        answer = self.insist("HEAD", self.path, {})
        assert answer.status_code == 200, answer.status_code
        told = int(answer.headers["upload-offset"])
        assert told >= self.offset, "acknowledged bytes are lost"
        self.offset = told

    def send(self, verified: bool = False) -> None:
        """PATCH a piece, and declare a deferred length with the last."""
        piece = self.content[self.offset :][: self.chance.choice((1, 700, 60_000, LEAF_BYTES))]
        headers = {**BYTES, "Upload-Offset": str(self.offset)}
        if self.deferred and self.offset + len(piece) == len(self.content):
            headers["Upload-Length"] = str(len(self.content))
        if verified:
            headers["Upload-Checksum"] = f"sha256 {b64encode(hashlib.sha256(piece).digest()).decode()}"
        answer = self.attempt("PATCH", self.path, headers, piece)
        if answer.status_code in (*_LATER, 409):  # cut, or more had come on a line that was left
            self.ask()
        else:
            assert answer.status_code == 204, answer.text
            self.offset += len(piece)
            assert int(answer.headers["upload-offset"]) == self.offset

    def send_verified(self) -> None:
        self.send(verified=True)

    def hang(self) -> None:
        """Send half of a PATCH and leave the line open; the last byte is never sent that way."""
        sent = self.content[self.offset : -1][: self.chance.choice((1, 5_000, 100_000))]
        with suppress(OSError):  # nobody listens: killed a moment ago
            url = f"{self.chance.choice(self.crowd.members).url}{self.path}"
            line = HalfSent(url, self.offset, len(self.content) - self.offset, sent)
            self.lines.append(line)
            if sent and self.chance.random() < 0.5 and self.has_arrived(self.offset + len(sent)):
                self.known.append(line)

    def has_arrived(self, size: int) -> bool:
        """Wait a little for what was half sent; its process may have been killed or stopped."""
        try:
            eventually(lambda: self.crowd.spool.look(self.upload_id).offset == size, within=0.3)
        except AssertionError:
            return False
        return True

    def spoil(self) -> None:
        """Send garbage on each line that held the upload and has lost it to the request before this."""
        if self.known:
            self.ask()
        for line in self.known:
            with suppress(OSError):
                line.socket.sendall(b"\0garbage" * 100)
        self.known.clear()

    def mistake(self) -> None:
        """Name an offset where the upload cannot be."""
        headers = {**BYTES, "Upload-Offset": str(len(self.content) + 1)}
        assert self.attempt("PATCH", self.path, headers, b"x").status_code in (*_LATER, 409)

    def end(self) -> None:
        """Give it up: from then on it is unknown to every process."""
        assert self.insist("DELETE", self.path, {}).status_code in (204, 404, 410)
        assert self.insist("HEAD", self.path, {}).status_code in (404, 410)
        self.ended = True

    def insist(self, method: str, path: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
        """Ask until there is an answer that does not say: later."""
        answers: list[httpx.Response] = []

        def answered() -> bool:
            answers.append(self.attempt(method, path, headers, content))
            return answers[-1].status_code not in _LATER

        eventually(answered, f"an answer to {method}")
        return answers[-1]

    def attempt(self, method: str, path: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        """Ask one process, once; a line that is cut is as good as a 503."""
        url = f"{self.chance.choice(self.crowd.members).url}{path}"
        try:
            return httpx.request(
                method, url, headers={**TUS, **headers}, content=content, timeout=20, verify=False
            )
        except httpx.TransportError:
            return _CUT
