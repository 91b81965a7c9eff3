"""`tipline tips` and `tipline show` as an operator reads them, in a narrow terminal or through a pipe."""

import base64
import json
from uuid import UUID

import pytest
from click.testing import CliRunner

from evidence import ledger, tips
from evidence.reviewers import reviewer, signin
from tests.conftest import Database
from tipline.cli.commands import main


@pytest.fixture
def tip_id(database: Database, monkeypatch: pytest.MonkeyPatch) -> UUID:
    for name, value in {
        "DATABASE_URL": database.url("operator"),
        "TIPLINE_CONSOLE_URL": "http://localhost",
        "TIPLINE_AGENCY_PRIVATE_KEY": base64.b64encode(bytes(32)).decode(),
        "TIPLINE_CHECKPOINT_VERIFY_KEY": base64.b64encode(bytes(32)).decode(),
        "TIPLINE_S3_ACCESS_KEY": "unused",
        "TIPLINE_S3_SECRET_KEY": "unused",
        "COLUMNS": "60",
    }.items():
        monkeypatch.setenv(name, value)
    with database.as_admin() as conn:
        row = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone()
    assert row
    return UUID(str(row[0]))


def said(*words: str) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_an_id_is_never_cut(tip_id: UUID) -> None:
    (line,) = [line for line in said("tips").splitlines() if str(tip_id) in line]
    assert line.split()[3:6] == ["web", "new", "text"]


def test_a_history_names_who_decided(database: Database, tip_id: UUID) -> None:
    with database.as_role("operator") as conn:
        signin.mint_link(conn, "alice", "reviewer")
    with database.as_role("console") as conn:
        alice = reviewer.named(conn, "alice")
        assert alice
        tips.close(conn, tip_id, "spam", "", alice.actor)
    (line,) = [line for line in said("show", str(tip_id)).splitlines() if " closed " in line]
    assert line.split()[3:5] == ["closed", "alice"]


def test_scripts_get_every_tip_however_many(
    database: Database, tip_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.cli.tips._PAGE", 2)
    with database.as_admin() as conn:
        # All but the first at the same moment: the page's end must tell them apart.
        conn.execute("INSERT INTO tip (channel) SELECT 'web' FROM generate_series(1, 6)")
        conn.execute("UPDATE tip SET received_at = now() WHERE id <> %s", [tip_id])
    listed = [tip["id"] for tip in json.loads(said("tips", "--json"))]
    assert len(set(listed)) == len(listed) == 7
    assert listed[-1] == str(tip_id)


def test_what_was_left_out_is_told_with_its_reason(database: Database, tip_id: UUID) -> None:
    with database.as_admin() as conn:
        upload = conn.execute(
            "INSERT INTO upload (id, tip_id, expires_at) VALUES (gen_random_uuid(), %s, now()) RETURNING id",
            [tip_id],
        ).fetchone()
        assert upload
        row = conn.execute(
            "INSERT INTO media (tip_id, upload_id, leaves_sha256, state, stage, bytes)"
            " VALUES (%s, %s, %s, 'ready', 'done', 1) RETURNING id",
            [tip_id, upload[0], bytes(32)],
        ).fetchone()
    assert row
    reason = {"media": str(row[0]), "stage": "survey", "code": "tool_failed", "sentence": "Three attempts."}
    with database.as_role("worker") as conn:
        ledger.append(conn, tip_id, "not_made", "worker", reason)
    assert "not made at survey (tool_failed): Three attempts." in said("show", str(tip_id))
