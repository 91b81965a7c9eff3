"""Who calls: believed from the proxy alone, and written down by nobody."""

import re
import socket
import ssl
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest

from tests.infra.proxy.conftest import BEHIND, NewProxy
from tests.infra.proxy.proxies import CONSOLE, Proxy
from tests.infra.proxy.uploading import holds, opened, wait_for, wait_for_cut
from tests.intake.conformance.client import Line
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import BYTES, TUS

# No other test calls from here; each liar says that it is somebody else every time.
ERIN, MALLORY = "127.9.8.7", "127.9.8.6"
AGENT = "Phone-of-Erin/7"
LIMITED = {**BEHIND, "TIPLINE_PROOF_OF_WORK": "off", "TIPLINE_CLIENT_UPLOADS_PER_HOUR": "3"}


def lies() -> Iterator[dict[str, str]]:
    for number in range(1, 250):
        somebody = f"198.51.100.{number}"
        yield {
            "X-Forwarded-For": f"{somebody}, 127.0.0.1",
            "Forwarded": f"for={somebody}",
            "X-Real-IP": somebody,
            "X-Client-IP": somebody,
            "True-Client-IP": somebody,
            "CF-Connecting-IP": somebody,
        }


def test_a_client_is_who_the_proxy_sees_whatever_it_says(new_proxy: NewProxy, new_intake: NewIntake) -> None:
    said = {**TUS, "Upload-Length": "10"}
    with new_intake(**LIMITED) as intake, new_proxy(intake.port) as proxy:
        with proxy.client(MALLORY) as client:
            answers = [client.post("/files/", headers={**said, **lie}) for lie in islice(lies(), 5)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
        # Somebody else's limit is somebody else's: the proxy's own address is nobody's.
        with proxy.client(ERIN) as client:
            assert client.post("/files/", headers=said).status_code == 201
        # And past the proxy nobody is believed at all.
        with httpx.Client(transport=httpx.HTTPTransport(local_address=MALLORY)) as client:
            direct = [
                client.post(f"{intake.url}/files/", headers={**said, **lie}) for lie in islice(lies(), 2)
            ]
        assert [answer.status_code for answer in direct] == [429, 429]


def test_a_proxy_writes_down_nobody(new_proxy: NewProxy, new_intake: NewIntake) -> None:
    with new_intake(**BEHIND) as intake, new_proxy(intake.port) as proxy:
        url = opened(proxy, 100)
        secret = url.rpartition("/")[2]
        key = "idempotency-canary-0123456789"
        told = {**TUS, "User-Agent": AGENT, "Idempotency-Key": key, "Authorization": "Bearer token-canary"}
        with proxy.client(ERIN) as client:
            client.headers.update(told)
            assert client.head(url).status_code == 200
            assert client.get(f"/files/{secret}/nothing?{secret}").status_code in (404, 405)
            assert client.get(f"/sms?{secret}").status_code in (403, 405)
            assert client.post(f"/sms/{secret}", content=b"x" * 100_000).status_code in (413, 502, 503)
        with proxy.client(ERIN, CONSOLE) as client:
            client.headers.update(told)
            assert client.get(f"/signin?token={secret}").status_code == 502
        port = _cut(proxy, intake, url)
        _speak_badly(proxy, secret)
        intake.stop()
        with proxy.client(ERIN) as client:
            client.headers.update(told)
            assert client.get(f"/?{secret}").status_code == 503
            assert client.patch(url, headers={**BYTES, "Upload-Offset": "0"}).status_code == 503
        proxy.stop()
        wrote = proxy.wrote() + intake.log.read_bytes()
        for canary in (ERIN, AGENT, secret, key, "token-canary", f"127.0.0.1:{port}"):
            assert canary.encode() not in wrote, canary
        if proxy.name == "nginx":
            # What failed, for whoever runs it.
            assert re.search(rb"^\S+ \S+ PATCH 503 door=502 seconds=[0-9.]+$", wrote, re.MULTILINE)


def _cut(proxy: Proxy, intake: Intake, url: str) -> int:
    """Break off an upload; returns the port it was sent from."""
    line = Line("PATCH", url, {**BYTES, "Upload-Offset": "0", "Content-Length": "100", "User-Agent": AGENT})
    line.send(b"x" * 10)
    wait_for(intake, url, 10)
    assert holds(intake, url)
    port: int = line.socket.getsockname()[1]
    line.reset()
    wait_for_cut(intake, url)
    return port


def _speak_badly(proxy: Proxy, secret: str) -> None:
    """No TLS at all, another name, half a request, one that is none, and one that is too large."""
    with proxy.line(ERIN) as plain:
        plain.sendall(f"GET /{secret} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        plain.recv(1000)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _secure(proxy, "elsewhere.example")
    for spoken in (f"GET /{secret} HT", f"GET /{secret} HTTP/9.9\r\n\r\n", f"/{secret}\r\n\r\n"):
        with _secure(proxy, "localhost") as line:
            line.sendall(spoken.encode())
    with _secure(proxy, "localhost") as line:
        head = f"GET /{secret} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\n"
        line.sendall(head.encode() + b"X-Long: " + b"x" * 200_000)
        line.recv(1000)


def _secure(proxy: Proxy, name: str) -> socket.socket:
    return proxy.trust.wrap_socket(proxy.line(ERIN), server_hostname=name)
