"""A fault of ours: its request has a name, which the citizen is told, and the log, which knows no more."""

import json
import re
import shutil
from pathlib import Path

import httpx
from nacl.public import PrivateKey

from tests.conftest import Database
from tests.intake.conftest import Intake, environment_of
from tests.intake.tus.client import TUS, metadata

SENDER = {"User-Agent": "canary-agent", "X-Forwarded-For": "203.0.113.77", "X-Request-ID": "canary-request"}


def test_a_citizen_can_name_the_request_that_failed(
    database: Database, spool_dir: Path, agency_key: PrivateKey, citizen: Path, tmp_path: Path
) -> None:
    environment = {**environment_of(database, spool_dir, agency_key), "TIPLINE_PROOF_OF_WORK": "off"}
    own = shutil.copytree(citizen, tmp_path / "citizen")
    (own / "templates/privacy.html").write_text("{{ canary.of_no_such_thing.at_all }}")
    door = Intake(environment, own, tmp_path / "door.log")
    door.start()
    try:
        spool_dir.rmdir()
        spool_dir.write_text("no directory any more")
        created = httpx.post(
            f"{door.url}/files/",
            headers={
                **TUS,
                **SENDER,
                "Upload-Length": "5",
                "Upload-Metadata": metadata(filename="canary.mp4"),
            },
        )
        page = httpx.get(f"{door.url}/privacy", headers={**SENDER, "Accept": "text/html"})
        refused = httpx.get(f"{door.url}/files/none", headers=SENDER)
    finally:
        door.stop()
    lines = [json.loads(line) for line in door.log.read_text().splitlines()]
    noted = {line["request"]: line for line in lines if line["level"] == "error"}
    assert created.status_code == page.status_code == 500
    assert "NotADirectoryError in an upload" in noted[created.json()["request"]]["event"]
    (named,) = re.findall(r"name this: ([0-9a-f]{16})", page.text)
    assert "UndefinedError in a page" in noted[named]["event"]
    assert refused.json()["request"] not in {named, created.json()["request"], ""}
    assert "canary" not in door.log.read_text()
    assert "203.0.113" not in door.log.read_text()
