"""A sender in Python: what a phone does, step by step, so that a test can also do it wrongly."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx

from evidence.live.chain import START, link
from tests.intake.tus.client import Tus

TERMS = hashlib.sha256(b"I agree").hexdigest()
CHUNK = 1024 * 1024


def post(url: str, content: dict[str, object], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(url, json=content, headers=named, timeout=20, verify=False)


def ask(url: str, key: str | None = None, **asked: object) -> httpx.Response:
    """Ask a door for a session."""
    key = key or secrets.token_urlsafe(24)
    return post(f"{url}/live", {"terms": TERMS, "language": "en", **asked}, Idempotency_Key=key)


@dataclass
class SentPart:
    """One part: its upload, and what was recorded and sent of it."""

    sequence: int
    url: str
    tus: Tus
    chunks: list[bytes] = field(default_factory=list)
    sent: int = 0

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks)

    def record(self, chunk: bytes) -> None:
        """Record a piece without sending it."""
        self.chunks.append(chunk)

    def send(self, chunk: bytes = b"") -> httpx.Response:
        """Record a piece, and send all that is not sent; the offset moves where the door has taken it."""
        if chunk:
            self.record(chunk)
        answer = self.tus.patch(self.url, self.sent, self.content[self.sent :])
        if answer.status_code == 204:
            self.sent = int(answer.headers["upload-offset"])
        return answer

    def resume(self) -> None:
        """Ask how far it came, and send the rest."""
        self.sent = self.tus.offset(self.url)
        if self.sent < len(self.content):
            assert self.send().status_code == 204

    def finish(self) -> httpx.Response:
        """Say how long it is."""
        return self.tus.patch(self.url, self.sent, b"", Upload_Length=str(self.sent))

    @property
    def told(self) -> dict[str, object]:
        """What is said of it at its end."""
        chain = START
        for chunk in self.chunks:
            chain = link(chain, hashlib.sha256(chunk).digest())
        lengths = [len(chunk) for chunk in self.chunks]
        return {"bytes": sum(lengths), "lengths": lengths, "chain": chain.hex()}


@dataclass
class Sender:
    """One broadcast at a door."""

    url: str
    opened: dict[str, Any]

    @classmethod
    def go(cls, url: str, **asked: object) -> "Sender":
        answer = ask(url, **asked)
        assert answer.status_code == 201, answer.text
        return cls(url, answer.json())

    @property
    def session(self) -> str:
        return str(self.opened["session"])

    def say(self, path: str, **content: object) -> httpx.Response:
        return post(f"{self.url}/live/{path}", content, Authorization=f"Bearer {self.opened['token']}")

    def ask_part(self, sequence: int, kind: str = "film", why: str = "start") -> httpx.Response:
        mime = "video/webm;codecs=vp8,opus" if kind == "film" else "application/jsonl"
        began = int(time.time() * 1000)
        return self.say("parts", sequence=sequence, kind=kind, mime=mime, began_ms=began, why=why)

    def part(self, sequence: int, kind: str = "film") -> SentPart:
        answer = self.ask_part(sequence, kind)
        assert answer.status_code == 201, answer.text
        return SentPart(sequence, urljoin(self.url, answer.json()["location"]), Tus(self.url))

    def end_part(self, part: SentPart) -> httpx.Response:
        return self.say(f"parts/{part.sequence}/end", **part.told)

    def beat(self, delivered: int = 0, seen: int = 0) -> dict[str, Any]:
        told = {"behind_ms": 120, "pending_bytes": 0, "delivered": delivered, "seen": seen, "visible": True}
        answer = self.say("beat", **told)
        assert answer.status_code == 200, answer.text
        beat: dict[str, Any] = answer.json()
        return beat

    def end(self, parts: int) -> httpx.Response:
        return self.say("end", parts=parts)
