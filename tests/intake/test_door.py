"""The process as a whole: its health, its headers, its silence, its patience with slow pages."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from evidence.errors import SettingsError
from evidence.version import VERSION
from intake.settings import IntakeSettings
from intake.wire.body import MAX_WHOLE_BYTES
from tests.intake.conftest import ROOT, Intake, NewIntake

NEEDED = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
    "TIPLINE_SPOOL": "/tmp/spool",
    "TIPLINE_AGENCY_PUBLIC_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


@pytest.mark.parametrize("missing", NEEDED)
def test_a_missing_setting_stops_the_start_with_its_name(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        IntakeSettings.from_env({name: value for name, value in NEEDED.items() if name != missing})


def test_the_settings_have_sane_defaults_and_show_no_secret() -> None:
    settings = IntakeSettings.from_env(NEEDED)
    assert (settings.max_file_bytes, settings.max_files_per_tip) == (20_000_000_000, 25)
    assert settings.url == "http://127.0.0.1:8000"
    assert "nobody" not in repr(settings)
    with pytest.raises(SettingsError, match="TIPLINE_TIME_ZONE"):
        IntakeSettings.from_env({**NEEDED, "TIPLINE_TIME_ZONE": "Mars/Olympus"})


def test_it_says_that_it_lives_and_can_serve(shared_intake: Intake) -> None:
    assert httpx.get(f"{shared_intake.url}/healthz").json() == {"status": "alive", "version": VERSION}
    assert httpx.get(f"{shared_intake.url}/readyz").json() == {"status": "ready"}


@pytest.mark.parametrize("path", ["/", "/healthz", "/files/", "/no-such-page"])
def test_every_answer_is_guarded_and_names_no_server(shared_intake: Intake, path: str) -> None:
    answer = httpx.get(f"{shared_intake.url}{path}")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_tip_of_words_gets_its_receipt(shared_intake: Intake) -> None:
    answer = httpx.post(f"{shared_intake.url}/tips", json={"what": "a van", "language": "en"})
    assert answer.status_code == 201
    assert len(answer.json()["receipt"].split()) == 9


@pytest.mark.parametrize("place", ["", "/files", "/messages", "/statement", "/withdraw"])
def test_an_address_that_was_once_posted_to_asks_for_words(shared_intake: Intake, place: str) -> None:
    page = httpx.get(f"{shared_intake.url}/r{place}")
    assert (page.status_code, "Your nine words" in page.text) == (200, True)


def test_a_page_takes_no_more_than_a_tip_can_hold(shared_intake: Intake) -> None:
    answer = httpx.post(f"{shared_intake.url}/tips", content=b"x" * (MAX_WHOLE_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_slow_bodies_do_not_use_up_the_page_threads(shared_intake: Intake) -> None:
    lines = []
    for _ in range(30):
        line = socket.create_connection(("127.0.0.1", shared_intake.port), timeout=10)
        line.sendall(b"POST /tips HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        lines.append(line)
    try:
        assert httpx.get(f"{shared_intake.url}/", timeout=5).status_code == 200
    finally:
        for line in lines:
            line.close()


def test_the_log_knows_nobody(new_intake: NewIntake, tmp_path: Path) -> None:
    with new_intake() as intake:
        httpx.get(
            f"{intake.url}/?canary-query", headers={"User-Agent": "canary-agent", "Referer": "canary-ref"}
        )
        httpx.post(f"{intake.url}/tips", json={"what": "canary-words"})
        with socket.create_connection(("127.0.0.1", intake.port)) as line:
            line.sendall(b"canary-nonsense\r\n\r\n")
            line.recv(1000)
    log = (tmp_path / "intake.log").read_text()
    assert "canary" not in log
    assert "127.0.0.1:" not in log.replace(f"127.0.0.1:{intake.port}", "")


def test_a_request_that_waits_for_the_database_does_not_delay_the_end(new_intake: NewIntake) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"postgresql://nobody@127.0.0.1:{deaf.getsockname()[1]}/none"
        with new_intake(DATABASE_URL=url) as intake:
            waiting = threading.Thread(target=post_quietly, args=(f"{intake.url}/files/",))
            waiting.start()
            assert intake.stop(signal.SIGTERM) < 2.5
            waiting.join()


def post_quietly(url: str) -> None:
    try:
        httpx.post(url, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "3"}, timeout=20)
    except httpx.TransportError:
        return


def test_the_process_never_loads_what_it_has_no_use_for() -> None:
    """Neither a client of the store nor the operators' tools; a thousand slow phones share this memory."""
    ask = "import sys, tipline.run.intake; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.check_output([sys.executable, "-c", ask], cwd=ROOT, text=True).split()
    assert not {"boto3", "botocore", "procrastinate", "workers", "PIL", "av"} & set(loaded)
