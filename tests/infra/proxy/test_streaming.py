"""Bodies pass through a proxy as they come: at once, whole, and without being kept on the way."""

import hashlib
import subprocess

import pytest

from tests.infra.proxy.proxies import MOST_FILE_BYTES, Proxy
from tests.infra.proxy.uploading import (
    as_arguments,
    curl,
    holds,
    offset,
    opened,
    stored,
    wait_for,
    wait_for_cut,
)
from tests.intake.conformance.client import Line
from tests.intake.conftest import Intake
from tests.intake.tus.client import BYTES, TUS

_MIB = 1024 * 1024
# How much a proxy may grow while a body passes that is eight times as large.
MOST_MEMORY = 24 * _MIB


@pytest.mark.parametrize("rude", [True, False], ids=["reset", "end"])
def test_the_spool_grows_while_the_client_still_sends_and_a_cut_is_seen_at_once(
    proxy: Proxy, behind: Intake, rude: bool
) -> None:
    url = opened(proxy, 10 * _MIB)
    line = Line("PATCH", url, {**BYTES, "Upload-Offset": "0", "Content-Length": str(10 * _MIB)})
    sent = 0
    for size in (1, 1000, 70_000, 3 * _MIB):
        line.send(b"x" * size)
        sent += size
        assert wait_for(behind, url, sent) == sent
    assert holds(behind, url)
    if rude:
        line.reset()
    else:
        line.socket.close()
    wait_for_cut(behind, url)
    assert offset(proxy, url) == sent


def test_a_large_body_is_kept_nowhere_on_its_way(proxy: Proxy, behind: Intake) -> None:
    size, piece = 192 * _MIB, bytes(range(256)) * (_MIB // 256)
    url = opened(proxy, size + 1)
    with proxy.client() as client:
        before = proxy.resident_bytes
        content = (piece for _ in range(size // _MIB))
        said = {**TUS, **BYTES, "Upload-Offset": "0", "Content-Length": str(size)}
        # It would fail where the proxy wrote it to a file: none may become so large.
        assert client.patch(url, headers=said, content=content).status_code == 204
    assert proxy.resident_bytes - before < MOST_MEMORY
    assert len(proxy.wrote()) < MOST_FILE_BYTES
    with stored(behind, url).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").digest() == _digest_of(piece, size // _MIB)


def test_an_upload_goes_on_while_the_proxy_takes_over_a_change(proxy: Proxy, behind: Intake) -> None:
    url = opened(proxy, 3000)
    with Line("PATCH", url, {**BYTES, "Upload-Offset": "0", "Content-Length": "3000"}) as line:
        line.send(b"x" * 1000)
        wait_for(behind, url, 1000)
        proxy.take_over()
        with proxy.client() as client:
            assert client.get("/healthz").status_code == 200
        line.send(b"x" * 2000)
        assert line.status() == 204
    assert offset(proxy, url) == 3000


def test_a_body_of_unknown_length_passes(proxy: Proxy) -> None:
    url = opened(proxy, 3 * _MIB)
    pieces = (b"y" * 100_000 for _ in range(20))
    with proxy.client() as client:
        answer = client.patch(url, headers={**TUS, **BYTES, "Upload-Offset": "0"}, content=pieces)
    assert answer.headers["upload-offset"] == "2000000"


def test_by_http_2_the_spool_grows_as_well_and_a_cut_is_seen(proxy: Proxy, behind: Intake) -> None:
    url = opened(proxy, 50 * _MIB)
    said = as_arguments({**TUS, **BYTES, "Upload-Offset": "0"})
    sending = subprocess.Popen(
        curl(proxy, "--http2", "-X", "PATCH", *said, "-T", "-", url),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert sending.stdin
    try:
        sent = 0
        for size in (70_000, 2 * _MIB):
            sending.stdin.write(b"z" * size)
            sending.stdin.flush()
            sent += size
            # curl holds back what does not fill its buffer.
            arrived = wait_for(behind, url, sent - 65_536)
        assert holds(behind, url)
    finally:
        sending.kill()
        told = sending.communicate()[1]
    assert b"ALPN: server accepted h2" in told
    wait_for_cut(behind, url)
    assert offset(proxy, url) >= arrived


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(proxy: Proxy) -> None:
    url = opened(proxy, 10)
    with Line.patching(url, 0, 10) as line:
        line.send(b"0123456789")
        assert line.status() == 204


@pytest.mark.parametrize("spoken", ["--http1.1", "--http2"])
def test_a_client_of_the_draft_gets_a_whole_answer(proxy: Proxy, spoken: str) -> None:
    """104 is passed on or not sent; what a client must never get is 104 in the answer's place."""
    said = {"Upload-Draft-Interop-Version": "8", "Upload-Complete": "?1", "Content-Type": "video/mp4"}
    sent = [*as_arguments(said), "-X", "POST", "--data-binary", "0123456789", f"{proxy.url}/files/"]
    told = subprocess.run(curl(proxy, "-i", spoken, *sent), capture_output=True, check=True)
    heads = told.stdout.strip().split(b"\r\n\r\n")
    # Caddy passes 104 on.
    assert [head.split()[1] for head in heads] == ([b"104", b"201"] if proxy.name == "caddy" else [b"201"])


def _digest_of(piece: bytes, times: int) -> bytes:
    whole = hashlib.sha256()
    for _ in range(times):
        whole.update(piece)
    return whole.digest()
