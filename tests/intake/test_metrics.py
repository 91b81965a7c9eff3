"""What monitoring sees of the public door: how much, how fast, what was refused; and of nobody."""

import httpx
import pytest

from evidence.errors import SettingsError
from intake.settings import IntakeSettings
from tests.intake.conftest import NewIntake
from tests.intake.tus.client import BYTES, TUS, Tus
from tests.scraping import scrape
from tests.waiting import eventually
from tipline.up.ports import free_ports

CANARIES = ("canary-agent", "canary-name", "canary-words", "canary-code", "203.0.113.77", "canary-path")
SENDER = {"User-Agent": "canary-agent", "X-Forwarded-For": "203.0.113.77", "X-Request-ID": "canary-code"}


def test_a_look_at_the_door(new_intake: NewIntake) -> None:
    port = free_ports(["metrics"])["metrics"]
    with new_intake(TIPLINE_INTAKE_METRICS_PORT=str(port), TIPLINE_PROOF_OF_WORK="off") as door:
        tus = Tus(door.url)
        opened = httpx.post(f"{door.url}/tips", json={"what": "canary-words"}, headers=SENDER)
        words = opened.json()["receipt"]
        whole = tus.create(5, filename="canary-name.mp4")
        assert tus.patch(whole, 0, b"bytes").status_code == 204
        unknown = tus.head(f"{door.url}/files/canary-path")
        assert unknown.status_code == 404
        assert httpx.get(f"{door.url}/canary-path", headers=SENDER).status_code == 404
        httpx.post(f"{door.url}/r", data={"words": "canary-words of no tip"}, headers=SENDER)

        half = tus.create(1000, filename="canary-name.mp4")
        with httpx.Client() as slow:
            request = slow.build_request(
                "PATCH",
                half,
                headers={**TUS, **BYTES, "Upload-Offset": "0"},
                content=dribble(half, tus, port),
            )
            assert slow.send(request).status_code == 423

        seen = scrape(port)
        assert seen.value("tipline_tips_opened_total") == 1
        assert seen.value("tipline_uploads_received_total") == 1
        assert seen.value("tipline_upload_bytes_total") == 5 + 10
        assert seen.value("tipline_upload_takeovers_total") == 1
        assert seen.value("tipline_uploads_under_way") == 0
        assert seen.value("tipline_refusals_total", code="upload_taken_over") == 1
        assert seen.value("tipline_refusals_total", code="not_found") == 1
        assert seen.value("tipline_refusals_total", code="unknown_words") == 1
        assert (seen.value("tipline_spool_sync_seconds_count") or 0) >= 1
        assert (seen.value("tipline_spool_free_bytes") or 0) > (
            seen.value("tipline_spool_reserve_bytes") or 0
        )
        assert seen.value("tipline_live_senders") == 0
        assert seen.value("tipline_database_up") == 1
        for canary in (*CANARIES, *words.split(), whole.rpartition("/")[2], half.rpartition("/")[2]):
            assert canary not in seen.text
        assert httpx.get(f"{door.url}/metrics").status_code == 404, "never on the public port"


def dribble(url: str, tus: Tus, port: int):  # type: ignore[no-untyped-def]
    """Send ten bytes; once they are seen, be taken over by a HEAD on another line."""
    yield b"0123456789"
    eventually(lambda: scrape(port).value("tipline_upload_bytes_total") == 15)
    assert scrape(port).value("tipline_uploads_under_way") == 1
    assert tus.offset(url) == 10
    yield b"too late"


def test_each_process_of_the_door_has_a_port_of_its_own_and_none_is_the_publics() -> None:
    told = {"DATABASE_URL": "x", "TIPLINE_SPOOL": "/s", "TIPLINE_AGENCY_PUBLIC_KEY": "A" * 43 + "="}
    for number in (1, 2, 3):
        env = {**told, "TIPLINE_INTAKE_METRICS_PORT": "9100", "TIPLINE_INTAKE_NUMBER": str(number)}
        assert IntakeSettings.from_env(env).telemetry.metrics_port == 9099 + number
    assert IntakeSettings.from_env(told).telemetry.metrics_port is None
    with pytest.raises(SettingsError, match="one of their own"):
        IntakeSettings.from_env({**told, "TIPLINE_INTAKE_METRICS_PORT": "8000"})
