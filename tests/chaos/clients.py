"""Patient people: each sends one thing after the other, remembers what it was told, and asks again."""

import hashlib
import random
import re
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin

import httpx

from evidence.errors import EvidenceError
from evidence.thread import Receipt
from tests.chaos.told import Told
from tests.intake.tus.client import BYTES, TUS, HalfSent, metadata
from tipline.send import Sender, SendState

_TIMEOUT = httpx.Timeout(10, connect=5)
_PASSING = (409, 423, 429, 507)
_LARGEST = 3_000_000


class GivenUp(Exception):
    """Patience is at its end."""


class Client(threading.Thread):
    """One of them; `over` tells them to begin nothing new, `until` (monotonic) when to give up."""

    def __init__(self, number: int, seed: int, url: str, told: Told, clip: bytes, work: Path) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.rng = random.Random(f"{seed}/{number}")
        self.url, self.told, self.clip, self.work = url, told, clip, work
        self.over = threading.Event()
        self.until = float("inf")
        self.sent = 0

    def run(self) -> None:
        kinds: list[Callable[[str], None]] = [
            self.words, self.words, self.uploads, self.uploads, self.parts, self.form, self.tipline_send,
        ]  # fmt: skip
        while not self.over.is_set():
            kind = self.rng.choice(kinds)
            submission = f"{kind.__name__} {self.name}/{self.sent} {secrets.token_hex(8)}"
            self.sent += 1
            try:
                kind(submission)
            except GivenUp as why:
                what = f"{submission}: {why}"
                self.told.note(lambda told, what=what: told.given_up.append(what))
            except Exception as fault:
                what = f"{submission}: {fault!r}"
                self.told.note(lambda told, what=what: told.broken.append(what))

    def words(self, submission: str) -> None:
        """Open a tip of words alone; sometimes twice, as a phone that believes it was not heard."""
        key = secrets.token_urlsafe(24)
        for _ in range(self._times()):
            self._open_tip(submission, key, files=0)

    def uploads(self, submission: str) -> None:
        """Open a tip with one or two files, sent in pieces of any size over lines that break."""
        token = self._open_tip(submission, secrets.token_urlsafe(24), files=1)
        for _ in range(self.rng.choice([1, 1, 2])):
            content = self._content()
            about = {
                "Upload-Length": str(len(content)),
                "Upload-Metadata": metadata(filename="clip.mp4", filetype="video/mp4", tip=token),
                "Idempotency-Key": secrets.token_urlsafe(24),
            }
            url = self._create(submission, about, content)
            self._send_rest(url, content)

    def parts(self, submission: str) -> None:
        """Send the parts of a file as uploads of their own, then have them joined."""
        token = self._open_tip(submission, secrets.token_urlsafe(24), files=1)
        content = self._content()
        middle = self.rng.randrange(len(content))
        urls = []
        for part in (content[:middle], content[middle:]):
            about = {
                "Upload-Length": str(len(part)),
                "Upload-Concat": "partial",
                "Idempotency-Key": secrets.token_urlsafe(24),
            }
            url = self._create(submission, about, part, mere_part=True)
            self._send_rest(url, part, mere_part=True)
            urls.append(url)
        final = {"Upload-Concat": f"final;{' '.join(urls)}", "Upload-Metadata": metadata(tip=token)}
        for _ in range(self._times()):
            answer = self._ask("POST", "/files/", {**TUS, **final}, good=(201,))
            url = urljoin(self.url, answer.headers["location"])
            self.told.opened(submission, url, hashlib.sha256(content).hexdigest(), len(content))
            self.told.offset(url, int(answer.headers["upload-offset"]), "the answer to the joining")

    def form(self, submission: str) -> None:
        """Send the form of a page without script, again and again until its answer arrives."""
        key, content = secrets.token_urlsafe(24), self._content()[:1_000_000]
        request = httpx.Request(
            "POST",
            f"{self.url}/tips/form",
            data={"what": submission, "language": "en", "key": key},
            files={"file": ("clip.mp4", content, "video/mp4")},
        )
        head, body = dict(request.headers), request.read()
        for _ in range(self._times()):
            page = self._ask("POST", "/tips/form", head, body, good=(200,)).text
            if "unkept-title" in page:
                # Told so, who sends it again once there is room sends another tip: this one has no files.
                self.told.receipt(f"{submission} without its file", _words_on(page))
                continue
            self.told.receipt(submission, _words_on(page))
            digest = hashlib.sha256(content).hexdigest()
            self.told.note(lambda told, digest=digest: told.form_files.add(digest))

    def tipline_send(self, submission: str) -> None:
        """What `tipline send` does."""
        content = self._content()
        path = self.work / f"{secrets.token_hex(8)}.mp4"
        path.write_bytes(content)
        state = SendState.load_or_new(self.work / "cache", self.url, submission, [path])
        digest = hashlib.sha256(content).hexdigest()

        def progress(index: int, offset: int) -> None:
            url = sender.state.files[index].url
            if url is not None:
                self.told.opened(submission, url, digest, len(content))
                self.told.offset(url, offset, "tipline send")

        sender = Sender(state, 120, progress)
        while True:
            try:
                self.told.receipt(submission, sender.open_tip(submission))
                sender.send(0)
                break
            except EvidenceError as refusal:
                self._wait(f"tipline send: {refusal.sentence}")
        sender.state.forget()
        path.unlink()

    def _open_tip(self, submission: str, key: str, files: int) -> str:
        body = {"what": submission, "language": "en", "files": files}
        answer = self._ask("POST", "/tips", {"Idempotency-Key": key}, json=body, good=(201,)).json()
        self.told.receipt(submission, answer["receipt"])
        token: str = answer["token"]
        return token

    def _create(
        self, submission: str, about: dict[str, str], content: bytes, *, mere_part: bool = False
    ) -> str:
        first = content[: self.rng.randrange(len(content) + 1)] if self.rng.random() < 0.5 else b""
        for _ in range(self._times()):
            answer = self._ask(
                "POST", "/files/", {**TUS, **about, **(BYTES if first else {})}, first, good=(201,)
            )
            url = urljoin(self.url, answer.headers["location"])
            if not mere_part:
                self.told.opened(submission, url, hashlib.sha256(content).hexdigest(), len(content))
                self.told.offset(url, int(answer.headers["upload-offset"]), "201")
        return url

    def _send_rest(self, url: str, content: bytes, *, mere_part: bool = False) -> None:
        tell = (lambda *_: None) if mere_part else self.told.offset
        furthest = 0
        while True:
            offset = int(self._ask("HEAD", url, TUS, good=(200,)).headers["upload-offset"])
            tell(url, offset, "HEAD")
            if offset < furthest:
                raise AssertionError(f"HEAD told {offset} after {furthest}")
            furthest = offset
            if offset == len(content):
                return
            piece = content[offset : offset + self.rng.randrange(1, 1_500_000)]
            if self.rng.random() < 0.2:
                self._break_off(url, offset, piece)
                continue
            headers = {**TUS, **BYTES, "Upload-Offset": str(offset)}
            with suppress(httpx.TransportError):
                answer = httpx.patch(url, headers=headers, content=piece, timeout=_TIMEOUT)
                self.told.answered(f"PATCH {answer.status_code}")
                if answer.status_code == httpx.codes.NO_CONTENT:
                    furthest = int(answer.headers["upload-offset"])
                    tell(url, furthest, "204")
                elif answer.status_code < 500 and answer.status_code not in _PASSING:
                    raise AssertionError(f"PATCH was answered {answer.status_code}: {answer.text}")
            self._breathe()

    def _break_off(self, url: str, offset: int, piece: bytes) -> None:
        with suppress(OSError), HalfSent(url, offset, len(piece) + 1, piece) as half:
            self._breathe()
            half.reset()

    def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        content: bytes | None = None,
        *,
        good: tuple[int, ...],
        json: object = None,
    ) -> httpx.Response:
        """Ask until the answer is good; raises AssertionError for one that no patience mends."""
        asked = f"{method} {path if path.startswith('/') else '/files/…'}"
        while True:
            why = ""
            try:
                answer = httpx.request(
                    method,
                    urljoin(self.url, path),
                    headers=headers,
                    content=content,
                    json=json,
                    timeout=_TIMEOUT,
                )
                self.told.answered(f"{asked} {answer.status_code}")
                if answer.status_code in good:
                    return answer
                why = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code < 500 and answer.status_code not in _PASSING:
                    raise AssertionError(f"{asked} was answered {why}")
            except httpx.TransportError as error:
                why = repr(error)
                self.told.answered(f"{asked} {type(error).__name__}")
            self._wait(f"{asked}: {why}")

    def _times(self) -> int:
        """How often to ask for the same thing: one in three believes that it was not heard."""
        if self.rng.random() < 0.7:
            return 1
        self.told.note(lambda told: setattr(told, "repeats", told.repeats + 1))
        return 2

    def _content(self) -> bytes:
        """A file that nobody else sends: random bytes of any size, or a clip with a mark of its own."""
        if self.rng.random() < 0.85:
            return self.rng.randbytes(
                self.rng.choice([self.rng.randrange(1, 5000), self.rng.randrange(1, _LARGEST)])
            )
        return self.clip + (24).to_bytes(4, "big") + b"free" + self.rng.randbytes(16)

    def _breathe(self) -> None:
        self.over.wait(self.rng.uniform(0, 0.2))

    def _wait(self, why: str) -> None:
        if time.monotonic() > self.until:
            raise GivenUp(why)
        time.sleep(self.rng.uniform(0.1, 0.8))


def _words_on(page: str) -> str:
    text = re.sub(r"<[^>]+>", " ", page)
    for found in re.finditer(r"(?=\b((?:[a-z-]+\s+){8}[a-z-]+)\b)", text):
        with suppress(EvidenceError):
            return Receipt.from_words(found.group(1)).words
    raise AssertionError("no receipt on the page")
