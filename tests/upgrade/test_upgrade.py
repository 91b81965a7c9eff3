"""From every version that somebody may run to this one, with the doors open all the while."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from evidence.db.connect import connect
from evidence.db.migrate import MIGRATIONS, migrate
from tests.journeys.town import Town, running_town
from tests.upgrade.versions import ROOT, Version, installed, versions
from tests.waiting import eventually
from tipline.up.environments import intake_environment, worker_environment
from tipline.up.instance import embedded
from tipline.up.ports import free_ports
from tipline.up.reach import Addresses, Reach
from tipline.up.secrets import Secrets
from tipline.up.store_access import Buckets

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module", params=versions())
def before(request: pytest.FixtureRequest) -> Iterator[Version]:
    """A version before this one; under the checkout, since its libraries are links to ours."""
    folder = ROOT / ".cache/versions" / f"{request.param}-{os.getpid()}"
    yield installed(request.param, folder)
    shutil.rmtree(folder)


def test_both_run_side_by_side_on_the_new_schema_and_then_the_new_one_alone(
    before: Version, tmp_path: Path
) -> None:
    data, photo = tmp_path / "var", tmp_path / "photo.jpg"
    Image.effect_noise((64, 48), 60).save(photo)
    with before.up(data) as old_door:
        first = sent(before, data, photo, old_door)
        # The new version migrates, while the old one has a file in mid-air and goes on.
        opening = {**TUS, "Upload-Length": "10"}
        opened = httpx.post(f"{old_door}/files/", headers=opening, content=b"first")
        path = httpx.URL(opened.headers["Location"]).path
        migrate(embedded(data).admin_url, {})
        assert newest_migration(data) == max(file.name for file in MIGRATIONS.glob("*.sql"))[:14]
        # The old code alone: its door takes, its worker seals and derives.
        second = sent(before, data, photo, old_door)
        eventually(lambda: all_ready(before.tips(data), 2), "the old worker's copies on the new schema")
        with new_processes(data, tmp_path) as new_door:
            third = sent(before, data, photo, new_door)
            grown = httpx.patch(f"{new_door}{path}", headers={**TUS, "Upload-Offset": "5"}, content=b"other")
            assert grown.headers["Upload-Offset"] == "10"
            fourth = sent(before, data, photo, old_door)
            eventually(lambda: all_ready(before.tips(data), 4), "copies, whoever made them")
    with running_town(data) as town:
        assert town.tipline("verify", "--all").stdout.startswith("Intact: ")
        assert all_ready(town.tips(), 4)
        for words in (first, second, third, fourth):
            assert 'name="visit"' in httpx.post(f"{town.public_url}/r", data={"words": words}).text
        sent_now(town, photo)
        assert town.wait_settled()["media"][0]["state"] == "ready"


def sent(version: Version, data: Path, photo: Path, door: str) -> str:
    """Send a photo with that version's client; its words."""
    told = version.run(data, "send", str(photo), "--to", door, "--json")
    assert told.returncode == 0, told.stderr
    return str(json.loads(told.stdout)["receipt"])


def sent_now(town: Town, photo: Path) -> None:
    town.tipline("send", str(photo), "--to", town.public_url)


def all_ready(tips: list[dict[str, Any]], count: int) -> bool:
    """Whether so many photos can be seen."""
    states = [item["state"] for tip in tips for item in tip["media"] if item["kind"] == "photo"]
    return states == ["ready"] * count


def newest_migration(data: Path) -> str:
    with connect(embedded(data).admin_url) as conn:
        row = conn.execute("SELECT max(version) FROM schema_migrations").fetchone()
    assert row
    return str(row[0])


@contextmanager
def new_processes(data: Path, scratch: Path) -> Iterator[str]:
    """A door and a worker of this version beside those that run on `data`; the door's address."""
    note = json.loads((data / "run/instance.json").read_text())
    port = free_ports(["intake"])["intake"]
    reach = Reach(
        Addresses(**note["addresses"]), note["database"], note["store"], Buckets(**note["buckets"]),
        Secrets.kept_in(data / "secrets"), operator={},
    )  # fmt: skip
    told = {
        "intake": {**intake_environment(reach), "TIPLINE_INTAKE_PORT": str(port)},
        "worker": {**worker_environment(reach), "TIPLINE_STORE_DISK": str(data / "store/disk")},
    }
    running = []
    try:
        for name, environment in told.items():
            place = scratch / f"new-{name}"
            place.mkdir()
            places = {
                "TIPLINE_SPOOL": str(data / "spool"),
                "TIPLINE_SCRATCH": str(place),
                "TMPDIR": str(place),
            }
            with (scratch / f"new-{name}.log").open("w") as log:
                running.append(
                    subprocess.Popen(
                        [sys.executable, "-m", f"tipline.run.{name}"],
                        cwd=ROOT,
                        stdout=log,
                        stderr=log,
                        env={"PATH": os.environ["PATH"], **environment, **places},
                    )
                )
        door = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(door), "the new door")
        yield door
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def answers(door: str) -> bool:
    try:
        return httpx.get(f"{door}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_a_clone_without_history_is_told_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="git fetch --unshallow --tags"):
        installed("0" * 40, tmp_path)
