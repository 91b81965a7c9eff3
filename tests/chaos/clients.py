"""Patient people: each sends one thing after the other, remembers what it was told, and asks again."""

import hashlib
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin

import httpx

from evidence.errors import EvidenceError
from evidence.thread import Receipt
from tests.chaos.phone import GivenUp, Phone
from tests.chaos.told import Told, unkept
from tests.intake.tus.client import BYTES, TUS, metadata
from tipline.send import Sender, SendState

_LARGEST = 3_000_000


class Client(Phone):
    """One of them."""

    def __init__(self, number: int, seed: int, url: str, told: Told, clip: bytes, work: Path) -> None:
        super().__init__(f"client-{number}", f"{seed}/{number}", url, told)
        self.clip, self.work = clip, work
        self.sent = 0

    def run(self) -> None:
        kinds: list[Callable[[str], None]] = [
            self.words, self.words, self.uploads, self.uploads, self.bare, self.parts, self.form,
            self.tipline_send,
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
        for _ in range(self.times()):
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
            self.send_rest(url, content)

    def bare(self, _: str) -> None:
        """Send a file as a client does that knows nothing of tips: one is made of it."""
        content = self._content()
        about = {"Upload-Length": str(len(content)), "Idempotency-Key": secrets.token_urlsafe(24)}
        self.send_rest(self._create(None, about, content), content)

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
            self.send_rest(url, part, mere_part=True)
            urls.append(url)
        final = {"Upload-Concat": f"final;{' '.join(urls)}", "Upload-Metadata": metadata(tip=token)}
        for _ in range(self.times()):
            answer = self.ask("POST", "/files/", {**TUS, **final}, good=(201,))
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
        for _ in range(self.times()):
            page = self.ask("POST", "/tips/form", head, body, good=(200,)).text
            if "unkept-title" in page:
                # Told so, who sends it again once there is room sends another tip: this one has no files.
                self.told.receipt(unkept(submission), _words_on(page))
                continue
            self.told.receipt(submission, _words_on(page))
            digest = hashlib.sha256(content).hexdigest()
            self.told.note(lambda told, digest=digest: told.form_files.update({digest: submission}))

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
                self.wait(f"tipline send: {refusal.sentence}")
        sender.state.forget()
        path.unlink()

    def _open_tip(self, submission: str, key: str, files: int) -> str:
        body = {"what": submission, "language": "en", "files": files}
        answer = self.ask("POST", "/tips", {"Idempotency-Key": key}, json=body, good=(201,)).json()
        self.told.receipt(submission, answer["receipt"])
        token: str = answer["token"]
        return token

    def _create(
        self, submission: str | None, about: dict[str, str], content: bytes, *, mere_part: bool = False
    ) -> str:
        first = content[: self.rng.randrange(len(content) + 1)] if self.rng.random() < 0.5 else b""
        for _ in range(self.times()):
            answer = self.ask(
                "POST", "/files/", {**TUS, **about, **(BYTES if first else {})}, first, good=(201,)
            )
            url = urljoin(self.url, answer.headers["location"])
            if not mere_part:
                self.told.opened(submission, url, hashlib.sha256(content).hexdigest(), len(content))
                self.told.offset(url, int(answer.headers["upload-offset"]), "201")
        return url

    def _content(self) -> bytes:
        """A file that nobody else sends: random bytes of any size, or a clip with a mark of its own."""
        if self.rng.random() < 0.85:
            return self.rng.randbytes(
                self.rng.choice([self.rng.randrange(1, 5000), self.rng.randrange(1, _LARGEST)])
            )
        return self.clip + (24).to_bytes(4, "big") + b"free" + self.rng.randbytes(16)


def _words_on(page: str) -> str:
    text = re.sub(r"<[^>]+>", " ", page)
    for found in re.finditer(r"(?=\b((?:[a-z-]+\s+){8}[a-z-]+)\b)", text):
        with suppress(EvidenceError):
            return Receipt.from_words(found.group(1)).words
    raise AssertionError("no receipt on the page")
