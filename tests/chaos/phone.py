"""A phone with a patient person: it asks until it is answered, and goes on where the line broke."""

import random
import threading
import time
from contextlib import suppress
from urllib.parse import urljoin

import httpx

from tests.chaos.told import Told
from tests.intake.tus.client import BYTES, TUS, HalfSent

_TIMEOUT = httpx.Timeout(10, connect=5)
_PASSING = (409, 423, 429, 507)


class GivenUp(Exception):
    """Patience is at its end."""


class Phone(threading.Thread):
    """One line to the public door; `over` tells it to begin nothing new, `until` (monotonic) to give up."""

    def __init__(self, name: str, seed: str, url: str, told: Told) -> None:
        super().__init__(name=name, daemon=True)
        self.rng = random.Random(seed)
        self.url, self.told = url, told
        self.over = threading.Event()
        self.until = float("inf")

    def ask(
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
                self.told.answered(asked, answer.status_code)
                if answer.status_code in good:
                    return answer
                why = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code < 500 and answer.status_code not in _PASSING:
                    raise AssertionError(f"{asked} was answered {why}")
            except httpx.TransportError as error:
                why = repr(error)
                self.told.answered(asked, type(error).__name__)
            self.wait(f"{asked}: {why}")

    def send_rest(self, url: str, content: bytes, *, mere_part: bool = False) -> None:
        tell = (lambda *_: None) if mere_part else self.told.offset
        furthest = 0
        while True:
            offset = int(self.ask("HEAD", url, TUS, good=(200,)).headers["upload-offset"])
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
                self.told.answered("PATCH", answer.status_code)
                if answer.status_code == httpx.codes.NO_CONTENT:
                    furthest = int(answer.headers["upload-offset"])
                    tell(url, furthest, "204")
                elif answer.status_code < 500 and answer.status_code not in _PASSING:
                    raise AssertionError(f"PATCH was answered {answer.status_code}: {answer.text}")
            self._breathe()

    def times(self) -> int:
        """How often to ask for the same thing: one in three believes that it was not heard."""
        if self.rng.random() < 0.7:
            return 1
        self.told.note(lambda told: setattr(told, "repeats", told.repeats + 1))
        return 2

    def wait(self, why: str) -> None:
        if time.monotonic() > self.until:
            raise GivenUp(why)
        time.sleep(self.rng.uniform(0.1, 0.8))

    def _break_off(self, url: str, offset: int, piece: bytes) -> None:
        with suppress(OSError), HalfSent(url, offset, len(piece) + 1, piece) as half:
            self._breathe()
            half.reset()

    def _breathe(self) -> None:
        self.over.wait(self.rng.uniform(0, 0.2))
