"""A real browser through each proxy, by the newest HTTP that Debian's proxy speaks."""

import base64
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import sync_playwright

from tests.infra.proxy.proxies import Proxy
from tests.web.citizen.live.conftest import CHROMIUM

# Debian 12's nginx knows no HTTP/3.
NEWEST = {"nginx": "h2", "caddy": "h3"}
# By QUIC nobody tries a second address.
FOUND = "--host-resolver-rules=MAP localhost 127.0.0.1"
UPLOAD = """async () => {
  const tus = { "Tus-Resumable": "1.0.0" };
  const opened = await fetch("/files/", { method: "POST", headers: { ...tus, "Upload-Length": "3000001" } });
  const sent = await fetch(opened.headers.get("Location"), {
    method: "PATCH",
    headers: { ...tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream" },
    body: new Uint8Array(3000000),
  });
  const [page] = performance.getEntriesByType("navigation");
  return [page.nextHopProtocol, opened.status, sent.status, sent.headers.get("Upload-Offset")];
}"""


def test_a_browser_sends_by_the_newest_http(proxy: Proxy) -> None:
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    trusted = f"--ignore-certificate-errors-spki-list={_key_hash(proxy)}"
    here = f"localhost:{proxy.https}"
    http = "--disable-quic" if NEWEST[proxy.name] == "h2" else f"--origin-to-force-quic-on={here}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*flags, trusted, http, FOUND])
        page = chromium.new_page()
        page.goto(f"https://{here}/")
        assert page.evaluate(UPLOAD) == [NEWEST[proxy.name], 201, 204, "3000000"]
        chromium.close()


def _key_hash(proxy: Proxy) -> str:
    """The hash by which Chromium is told to trust a key."""
    shown = x509.load_pem_x509_certificate((proxy.folder / "given/fullchain.pem").read_bytes())
    key = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
