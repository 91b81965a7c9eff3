"""TLS of the door's own: bodies stream, cuts are seen and refusals come early, as over a plain line."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.spool import UploadSecret
from tests.conftest import migrated_database
from tests.intake.conformance.client import Line
from tests.intake.conftest import Intake, environment_of, running
from tests.intake.tus.client import BYTES, TUS
from tests.waiting import eventually
from tipline.up.accounts import own_account
from tipline.up.https import Https
from tipline.up.postgres import EmbeddedPostgres

_MIB = 1024 * 1024


@dataclass
class Secure:
    """A door, and the certificate that its phones trust."""

    intake: Intake
    url: str
    trust: ssl.SSLContext

    def opened(self, length: int) -> str:
        answer = self.ask("POST", f"{self.url}/files/", {**TUS, "Upload-Length": str(length)})
        assert answer.status_code == 201, answer.text
        return urljoin(f"{self.url}/files/", answer.headers["location"])

    def ask(self, method: str, url: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
        return httpx.request(method, url, headers=headers, content=content, verify=self.trust, timeout=20)

    def offset(self, url: str) -> int:
        return int(self.ask("HEAD", url, TUS).headers["upload-offset"])

    def bytes_of(self, url: str) -> Path:
        return self.intake.spool.bytes_path(UploadSecret.from_text(url.rpartition("/")[2]).upload_id)


@pytest.fixture(scope="module")
def secure(
    postgres: EmbeddedPostgres,
    model_database: str,
    agency_key: PrivateKey,
    citizen: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Secure]:
    root = tmp_path_factory.mktemp("secure")
    (root / "spool").mkdir()
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        migrated_database(postgres, model_database) as database,
    ):
        room = Https.on(listening, root / "authority")
        room.give_certificate(root / "https", own_account())
        told = environment_of(database, root / "spool", agency_key)
        told |= {"TIPLINE_HTTPS_FOLDER": str(root / "https"), "TIPLINE_INTAKE_URL": room.url}
        with running(Intake(told, citizen, root / "intake.log", secure=listening)) as intake:
            yield Secure(intake, room.url, ssl.create_default_context(cadata=room.authority.pem.decode()))
        assert "TIPLINE_TRUSTED_PROXIES" not in intake.log.read_text(), "it speaks TLS itself"


def patching(url: str, length: int, offset: int = 0) -> Line:
    return Line("PATCH", url, {**BYTES, "Upload-Offset": str(offset), "Content-Length": str(length)})


@pytest.mark.parametrize("rude", [True, False], ids=["reset", "end"])
def test_the_spool_grows_while_the_client_sends_and_a_cut_costs_nothing(secure: Secure, rude: bool) -> None:
    url = secure.opened(10 * _MIB)
    line = patching(url, 10 * _MIB)
    sent = 0
    for size in (1, 1000, 70_000, 3 * _MIB):
        line.send(b"x" * size)
        sent += size
        eventually(lambda expected=sent: secure.bytes_of(url).stat().st_size == expected, "its arrival")  # type: ignore[misc]
    if rude:
        line.reset()
    else:
        line.socket.close()
    assert secure.offset(url) == sent
    rest = b"x" * (10 * _MIB - sent)
    answer = secure.ask("PATCH", url, {**TUS, **BYTES, "Upload-Offset": str(sent)}, rest)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(10 * _MIB))


def test_a_newer_request_takes_over_from_a_line_that_hangs(secure: Secure) -> None:
    url = secure.opened(1000)
    with patching(url, 1000) as line:
        line.send(b"x" * 10)
        eventually(lambda: secure.bytes_of(url).stat().st_size == 10, "its arrival")
        assert secure.offset(url) == 10
        assert line.status() == 423


def test_one_line_serves_request_after_request(secure: Secure) -> None:
    url = secure.opened(3 * 400_000)
    with httpx.Client(verify=secure.trust, timeout=20) as phone:
        for offset in range(0, 3 * 400_000, 400_000):
            said = {**TUS, **BYTES, "Upload-Offset": str(offset)}
            answer = phone.patch(url, headers=said, content=bytes([offset // 400_000]) * 400_000)
            assert answer.status_code == 204
    assert secure.bytes_of(url).read_bytes() == b"".join(bytes([number]) * 400_000 for number in range(3))


def test_a_refusal_comes_before_the_body_and_the_line_ends_soon(secure: Secure) -> None:
    url = secure.opened(50 * _MIB)
    with patching(url, 40 * _MIB, offset=5) as line:
        assert line.status() == 409
        line.send_late(b"x" * (30 * _MIB))


def test_phones_get_the_authority_that_they_are_to_trust_and_nothing_else_of_it(secure: Secure) -> None:
    told = secure.ask("GET", f"{secure.url}/authority.crt", {})
    assert told.headers["content-type"] == "application/x-x509-ca-cert"
    assert ssl.create_default_context(cadata=told.text).get_ca_certs() == secure.trust.get_ca_certs()
    assert secure.ask("GET", f"{secure.url}/door.key", {}).status_code == 404


def test_who_speaks_no_tls_harms_nobody(secure: Secure) -> None:
    port = int(secure.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not plain.recv(1000).startswith(b"HTTP/")
    assert secure.ask("GET", f"{secure.url}/healthz", {}).status_code == 200
