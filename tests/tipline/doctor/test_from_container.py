"""The doctor where the operator has an environment and nothing else: a container, or a shell on AWS."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from nacl.signing import SigningKey

from evidence.settings import StoreSettings
from tests.conftest import Database
from tipline.cli.commands import main


@pytest.fixture
def environment(database: Database, store_settings: StoreSettings, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database.url("operator"),
        "TIPLINE_CONSOLE_URL": "http://localhost",
        "TIPLINE_INTAKE_URL": "http://localhost",
        "TIPLINE_CHECKPOINT_VERIFY_KEY": base64.b64encode(bytes(SigningKey.generate().verify_key)).decode(),
        # The image names it to all; what lies there in this container is nobody's.
        "TIPLINE_SPOOL": str(tmp_path),
        "TIPLINE_S3_ENDPOINT": store_settings.endpoint or "",
        "TIPLINE_S3_ACCESS_KEY": store_settings.access_key,
        "TIPLINE_S3_SECRET_KEY": store_settings.secret_key,
        "TIPLINE_S3_ORIGINALS": store_settings.originals,
        "TIPLINE_S3_DERIVATIVES": store_settings.derivatives,
        "TIPLINE_S3_CHECKPOINTS": store_settings.checkpoints,
    }


def test_it_looks_at_what_it_reaches_and_says_it_as_lines(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = CliRunner().invoke(main, ["doctor", "--data", str(tmp_path)], env=environment)
    assert done.exit_code == 0, done.output
    checks = {line.split()[1] for line in done.output.splitlines() if "->" not in line}
    assert checks == {
        "backup", "database", "migrations", "rights", "clock", "jobs", "stages", "quarantine", "ledger",
        "texts", "deletion", "store", "lock", "checkpoint",
    }  # fmt: skip
    assert "WARNING  backup" in done.output


def test_what_is_away_is_told_once_and_keeps_no_other_check_from_being_made(
    environment: dict[str, str], tmp_path: Path
) -> None:
    def faults(told: dict[str, str]) -> list[tuple[str, str]]:
        done = CliRunner().invoke(main, ["doctor", "--json", "--data", str(tmp_path)], env=told)
        assert done.exit_code == 1
        assert "canary" not in done.output
        found = json.loads(done.output)
        ok.update(one["check"] for one in found if one["level"] == "ok")
        return [(one["check"], one["do"]) for one in found if one["level"] == "fault"]

    ok = set[str]()
    database, head = faults({**environment, "DATABASE_URL": "postgresql://nobody:canary@127.0.0.1:9/nowhere"})
    assert (database[0], "postgres.log" in database[1]) == ("database", True)
    assert head[0] == "checkpoint", "for that it takes both"
    assert ok == {"store", "lock", "clock"}
    ok.clear()
    (store,) = faults({**environment, "TIPLINE_S3_ENDPOINT": "http://127.0.0.1:9"})
    assert (store[0], "store.log" in store[1]) == ("store", True)
    assert ok >= {"database", "jobs", "ledger", "clock"}
