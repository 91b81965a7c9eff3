"""Texts: how many webhooks the SMS door takes in a second, and how soon one is seen in an open queue."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from bench.http import Connection
from bench.installation import Installation
from tipline.up.instance import phone_of
from tipline.up.ports import LOOPBACK

SECONDS = 8.0
_LINES = 8
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_NEWEST = "document.querySelector('[id^=tip-]')?.id ?? ''"
_PATIENCE_MS = 60_000


class Carrier:
    """Tells the SMS door of messages as the stand-in's account would, each from another phone."""

    def __init__(self, installation: Installation) -> None:
        self.port = installation.port_of("sms")
        self._sid, token = phone_of(installation.data, "+16015550100").login
        self._url = f"http://{LOOPBACK}:{self.port}/sms"
        self._validator = RequestValidator(token)
        self._numbers = count(16_015_550_000)

    def tell(self, line: Connection) -> None:
        """Post one webhook, and be answered."""
        form = {
            "AccountSid": self._sid,
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "From": f"+{next(self._numbers)}",
            "Body": "A grey van, twice around the block",
            "NumMedia": "0",
        }
        signature = self._validator.compute_signature(self._url, form)
        answer = line.ask(
            "POST", "/sms", f"{_FORM}{SIGNATURE_HEADER}: {signature}\r\n", urlencode(form).encode()
        )
        assert answer.status == 200, answer


def per_second(carrier: Carrier, seconds: float = SECONDS) -> float:
    """Messages that were accepted in a second, on eight connections."""
    until = time.monotonic() + seconds

    def keep_on(_: int) -> int:
        told = 0
        with Connection(carrier.port) as line:
            while time.monotonic() < until:
                carrier.tell(line)
                told += 1
        return told

    with ThreadPoolExecutor(_LINES) as pool:
        return sum(pool.map(keep_on, range(_LINES))) / seconds


def until_seen(carrier: Carrier, signin: str, rounds: int) -> list[float]:
    """Milliseconds from the carrier's webhook until a reviewer's open queue shows the tip, in Chromium."""
    with sync_playwright() as playwright, Connection(carrier.port) as line:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(signin)
        page.get_by_role("button").first.click()
        page.goto(signin.partition("/signin")[0] + "/")
        page.wait_for_selector("#pulse[data-pulse=live]", timeout=_PATIENCE_MS)
        took = [_milliseconds(page, lambda: carrier.tell(line)) for _ in range(rounds)]
        browser.close()
    return took


def _milliseconds(page: Page, tell: Callable[[], None]) -> float:
    before = page.evaluate(_NEWEST)
    began = time.perf_counter()
    tell()
    page.wait_for_function(f"before => ({_NEWEST}) !== before", arg=before, timeout=_PATIENCE_MS)
    return 1000 * (time.perf_counter() - began)
