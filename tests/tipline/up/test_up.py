"""`tipline up`, from outside: what it says, what it starts again, and what it leaves behind."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from evidence.db.connect import connect
from tests.waiting import eventually
from tipline.up.instance import console_address, operator_environment
from tipline.up.postgres import ADMIN
from tipline.up.reach import with_login

from .conftest import UP, Running, is_up, started

EVERYONE = ("postgres", "store", "worker", "expire", "intake", "console", "sms", "carrier")


def test_says_three_things_and_each_is_true(up: Running) -> None:
    public, console, signin = (line.split()[-1] for line in up.said)
    assert len(up.said) == 3
    assert public.startswith("http://127.0.0.1:")
    assert console.startswith("http://localhost:")
    assert signin.startswith(console + "signin?token=")
    for address in (public, signin):
        with urlopen(address, timeout=10) as page:
            assert page.status == 200


def test_a_tip_is_sent_there_without_an_address(up: Running, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"jpeg")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", UP, "send", str(tmp_path / "a.jpg"), "--data", str(up.data)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Sending to {up.note['addresses']['intake_url']}" in done.stderr


def test_state_is_for_its_owner_alone_and_the_note_holds_no_secret(up: Running) -> None:
    secrets = sorted((up.data / "secrets").iterdir())
    note = (up.data / "run" / "instance.json").read_text()
    assert stat.S_IMODE((up.data / "secrets").stat().st_mode) == 0o700
    assert len(secrets) >= 15
    for secret in secrets:
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.name.endswith("access-key") or secret.read_text() not in note
    for folder in ("run", "log", "postgres", "store/data", "store/.seaweedfs"):
        assert stat.S_IMODE((up.data / folder).stat().st_mode) == 0o700


def test_gives_each_process_its_own_environment_and_no_other(up: Running) -> None:
    """Root looks into each. Anybody else cannot, the processes' own user included: they are not dumpable."""
    ours = {name: psutil.Process(up.pid(name)) for name in ("intake", "worker", "console", "sms", "expire")}
    if os.geteuid() != 0:
        for process in ours.values():
            with pytest.raises(psutil.AccessDenied):
                process.environ()
        return
    told = {name: process.environ() for name, process in ours.items()}
    assert not [name for name in told["intake"] if "S3" in name or "PRIVATE" in name or "SIGNING" in name]
    assert "TIPLINE_AGENCY_PRIVATE_KEY" in told["console"]
    assert "TIPLINE_AGENCY_PRIVATE_KEY" not in told["worker"]
    assert "TIPLINE_CHECKPOINT_SIGNING_KEY" in told["worker"]
    assert "TIPLINE_CHECKPOINT_SIGNING_KEY" not in told["console"]
    assert [name for name in told if "TIPLINE_THREAD_SIGNING_KEY" in told[name]] == ["console"]
    assert len({told[name]["DATABASE_URL"] for name in told}) == 5
    assert not [name for name in told["expire"] if "PRIVATE" in name or "SIGNING" in name or "PUBLIC" in name]
    assert told["expire"]["TIPLINE_S3_ACCESS_KEY"] != told["worker"]["TIPLINE_S3_ACCESS_KEY"]
    for secret in ("TIPLINE_TWILIO_AUTH_TOKEN", "TIPLINE_VAULT_KEY", "TIPLINE_NUMBER_KEY"):
        assert [name for name in told if secret in told[name]] == ["sms"]
    for environment in told.values():
        assert "VIRTUAL_ENV" not in environment, "the operator's environment leaks"


def test_the_operator_finds_it_with_a_login_of_the_operators_own(up: Running) -> None:
    environment = operator_environment(up.data, {})
    with connect(environment["DATABASE_URL"]) as conn:
        assert conn.execute("SELECT current_user").fetchone() == ("tipline_operator",)
    workers = (up.data / "secrets" / "store-worker-access-key").read_text().strip()
    assert environment["TIPLINE_S3_ACCESS_KEY"] != workers
    assert console_address(up.data) == up.said[1].split()[-1].rstrip("/")


def test_a_second_one_on_the_same_directory_refuses_in_a_sentence(up: Running) -> None:
    with started(up.data) as second:
        assert second.process.wait(60) == 1
        eventually(lambda: second.told, "it says why")
    assert re.search(r"Tipline runs on .* already\.", "".join(second.told))
    assert up.is_ready("intake")


@pytest.mark.parametrize("name", EVERYONE)
def test_starts_again_whoever_is_killed_and_says_so_in_one_line(up: Running, name: str) -> None:
    eventually(lambda: serves(up), "everybody is at work")  # a worker whose database was killed comes anew
    before, told = up.pid(name), len(up.told)
    os.kill(before, signal.SIGKILL)
    eventually(lambda: up.note["pids"].get(name, before) != before, f"{name} is started again")
    eventually(lambda: serves(up), "everybody is at work again")
    lines = [line for line in up.told[told:] if line.startswith(f"tipline: {name} was killed by SIGKILL;")]
    assert len(lines) == 1


def serves(up: Running) -> bool:
    """Whether both doors are ready, and a worker listens for jobs."""
    doors = all(up.is_ready(door) for door in ("intake", "console", "sms"))
    if not (doors and set(EVERYONE) <= up.note["pids"].keys()):
        return False
    with connect(admin_url(up)) as conn:
        listening = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tipline_worker'"
            " AND (query ILIKE 'LISTEN%' OR query = 'SELECT 1')"
        )
        return listening.fetchone() != (0,)


def test_two_run_side_by_side(up: Running, tmp_path: Path) -> None:
    with started(tmp_path / "var") as other:
        eventually(lambda: is_up(other), "the other is up")
        assert other.is_ready("intake")
        assert up.is_ready("intake")
        assert not set(other.note["store_side_doors"].values()) & set(up.note["store_side_doors"].values())
        family = other.family()
        assert other.end(signal.SIGINT) == 0
    eventually(
        lambda: not any(process.is_running() for process in family), "the end of all, and their burial"
    )
    assert not (other.data / "run" / "instance.json").exists()


def test_killed_it_leaves_no_orphan_and_the_next_start_has_everything(tmp_path: Path) -> None:
    with started(tmp_path / "var") as first:
        eventually(lambda: is_up(first), "it is up")
        with connect(admin_url(first)) as conn:
            conn.execute("CREATE TABLE kept AS SELECT 'still here' AS word")
        family = first.family()
        first.end(signal.SIGKILL)
        eventually(lambda: not any(alive(process) for process in family), "its children are gone")
    with started(tmp_path / "var") as second:
        eventually(lambda: is_up(second), "it is up again")
        with connect(admin_url(second)) as conn:
            assert conn.execute("SELECT word FROM kept").fetchone() == ("still here",)


def test_stopped_in_mid_start_it_leaves_nobody(tmp_path: Path) -> None:
    with started(tmp_path / "var") as running:
        eventually((running.data / "run" / "children.json").exists, "the first child is started")
        family = running.family()
        assert running.end(signal.SIGTERM) == 0
        assert running.said == []
    assert not [process for process in family if alive(process)]
    assert json.loads((running.data / "run" / "children.json").read_text()) == []


def admin_url(running: Running) -> str:
    password = (running.data / "secrets" / "admin-password").read_text()
    return with_login(running.note["database"], ADMIN, password)


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
