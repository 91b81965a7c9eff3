"""Texts on a laptop: a phone that is played, on everything that `tipline up` runs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

from evidence.db.connect import connect
from tests.tipline.up.conftest import UP, Running, is_up, started
from tests.waiting import eventually
from tipline.up.postgres import ADMIN
from tipline.up.reach import with_login

ERIN, FRANK = "+16015550123", "+16015550124"


def tipline(up: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", UP, *arguments, "--data", str(up.data)],
        env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_phone_that_is_played_is_answered_and_its_photo_becomes_a_tip_s(
    up: Running, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 48), "red").save(tmp_path / "a.jpg")
    said = tipline(up, "sms", "A red car", "--from", ERIN, "--media", str(tmp_path / "a.jpg"), "--wait", "60")
    assert said.returncode == 0, said.stderr
    assert f"{ERIN} > A red car [a.jpg]" in said.stdout
    assert f"{ERIN} < In danger? Call 911." in said.stdout

    def ready() -> bool:
        tips = json.loads(tipline(up, "tips", "--json").stdout)
        return any(
            tip["channel"] == "sms" and [media["state"] for media in tip["media"]] == ["ready"]
            for tip in tips
        )

    eventually(ready, "the photo is ready")


def test_the_operator_is_told_whether_every_text_is_here(up: Running) -> None:
    def read_whole() -> bool:
        return bool(json.loads(tipline(up, "texts", "--json").stdout)["readings"])

    eventually(read_whole, "the carrier's list is read")
    said = tipline(up, "texts")
    assert said.returncode == 0, said.stdout
    assert "gaps: 0" in said.stdout
    late = tipline(up, "texts", "--late", "0")
    assert late.returncode == 1
    assert re.search(
        r"FAULT The carrier's list of messages was last read whole \d+ minutes ago\.", late.stdout
    )


def test_the_door_back_from_the_dead_answers_what_waited(up: Running) -> None:
    before = up.pid("sms")
    os.kill(before, 9)
    eventually(lambda: up.note["pids"].get("sms", before) != before and up.is_ready("sms"), "it is back")
    said = tipline(up, "sms", "HELP", "--from", FRANK, "--wait", "60")
    assert f"{FRANK} < " in said.stdout


def test_what_nobody_could_text_is_refused_in_a_sentence(up: Running, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(bytes(5_000_001))
    for arguments, code in (
        (("A red car", "--from", "601555"), "number"),
        (("", "--from", ERIN), "empty_text"),
        (("x", "--from", ERIN, "--media", str(tmp_path / "film.mp4")), "large"),
    ):
        said = tipline(up, "sms", *arguments)
        assert said.returncode == 1
        assert f"({code})" in said.stderr
        assert "Traceback" not in said.stderr


def test_where_there_was_an_account_the_stand_in_says_that_it_takes_no_texts(up: Running) -> None:
    password = (up.data / "secrets/admin-password").read_text().strip()
    with connect(with_login(up.note["database"], ADMIN, password), autocommit=True) as conn:
        conn.execute("INSERT INTO text_account DEFAULT VALUES")
        try:
            refused = tipline(up, "sms", "A red car", "--from", ERIN)
        finally:
            conn.execute("DELETE FROM text_account")
    assert (refused.returncode, "(account_elsewhere)" in refused.stderr) == (1, True)
    assert "9 words" in tipline(up, "sms", "A car", "--from", "+16015550125", "--wait", "60").stdout


def test_an_account_of_the_operator_s_takes_the_stand_in_s_place(tmp_path: Path) -> None:
    """The account is nobody's: where its API is said to be nothing answers, and all starts nevertheless."""
    account = {
        "TIPLINE_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TIPLINE_TWILIO_AUTH_TOKEN": "a token",
        "TIPLINE_TWILIO_NUMBER": "+16015550100",
        "TIPLINE_TWILIO_URL": "http://127.0.0.1:9",
        "TIPLINE_INTAKE_URL": "https://tips.city.example",
    }
    with started(tmp_path / "var", **account) as running:
        eventually(lambda: is_up(running), "it is up")
        eventually(lambda: running.told[-1].startswith("tipline: texts:"), "it says where texts arrive")
        assert "https://tips.city.example/sms" in running.told[-1]
        assert "carrier" not in running.note["pids"]
        assert len(running.said) == 3
        refused = tipline(running, "sms", "hello", "--from", ERIN)
        assert "Texts go through your account with Twilio" in refused.stderr
        assert "a token" not in (running.data / "run" / "instance.json").read_text()


def test_an_account_by_halves_stops_the_start(tmp_path: Path) -> None:
    with started(tmp_path / "var", TIPLINE_TWILIO_ACCOUNT_SID="AC" + "0" * 32) as running:
        assert running.process.wait(60) == 1
        eventually(lambda: running.told, "it says why")
    assert "TIPLINE_TWILIO_AUTH_TOKEN is not set" in "".join(running.told)
