"""`tipline up --https`: a phone in the same network goes live, which its browser allows under TLS alone."""

import base64
import hashlib
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, sync_playwright

from tests.journeys.town import Town, running_town
from tests.waiting import eventually
from tests.web.citizen.live.conftest import CHROMIUM, FAKE_CAMERA

IN_THE_ROOM = {"TIPLINE_HTTPS": "1", "TIPLINE_HTTPS_PORT": "0", "TIPLINE_HTTPS_HOST": "127.0.0.1"}
# Not one that a browser trusts for being this machine's own.
PHONE_CALLS_IT = "phone.test"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("room") / "var", IN_THE_ROOM) as town:
        yield town


@pytest.fixture
def phone(town: Town) -> Iterator[Page]:
    """A phone with a camera, told to trust the door's certificate as if its authority were installed."""
    port = urlsplit(town.public_url).port or 0
    shown = x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", port)).encode())
    key = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
    flags = [
        *FAKE_CAMERA,
        f"--ignore-certificate-errors-spki-list={trusted}",
        f"--host-resolver-rules=MAP {PHONE_CALLS_IT} 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium.new_page()
        chromium.close()


def test_a_phone_goes_live_and_what_it_filmed_is_kept(town: Town, phone: Page) -> None:
    plain, port = town.note()["addresses"]["intake_port"], urlsplit(town.public_url).port
    phone.goto(f"http://{PHONE_CALLS_IT}:{plain}/live")
    assert phone.evaluate("[isSecureContext, typeof navigator.mediaDevices]") == [False, "undefined"]
    phone.goto(f"https://{PHONE_CALLS_IT}:{port}/live")
    phone.click("#consent .send:not([disabled])")
    phone.wait_for_selector("#on-air:not([hidden])", timeout=60_000)
    eventually(lambda: _spooled(town) > 50_000, "some film")
    phone.click("[data-do=stop]")
    phone.wait_for_selector("#afterwards:not([hidden])", timeout=60_000)
    tip = town.wait_settled()
    assert tip["channel"] == "live"
    assert [media["kind"] for media in tip["media"]] == ["video"]


def test_the_operator_is_told_what_phones_do_and_needs_none_of_it(town: Town, tmp_path: Path) -> None:
    assert town.public_url.startswith("https://127.0.0.1:")
    assert town.console_url.startswith("http://localhost:")
    told = (town.data.parent / "var-up.log").read_text()
    assert f"{town.public_url}/authority.crt" in told
    trust = ssl.create_default_context(cafile=str(town.data / "authority/authority.crt"))
    with urllib.request.urlopen(f"{town.public_url}/authority.crt", context=trust) as answer:
        der = ssl.PEM_cert_to_DER_cert(answer.read().decode())
    assert hashlib.sha256(der).digest().hex(":").upper() in told
    (tmp_path / "a.jpg").write_bytes(b"jpeg")
    assert town.tipline("send", str(tmp_path / "a.jpg")).returncode == 0


def _spooled(town: Town) -> int:
    return sum(file.stat().st_size for file in (town.data / "spool").glob("*.bytes"))
