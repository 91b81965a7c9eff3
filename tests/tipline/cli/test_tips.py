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


def test_the_digits_that_pages_show_are_enough(database: Database, tip_id: UUID) -> None:
    for short in (tip_id.hex[:8], str(tip_id)[:13].upper(), tip_id.hex):
        assert f"Tip {tip_id}" in said("show", short)
    assert said("rederive", tip_id.hex[:8]) == "There is nothing to make again.\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("00000000", "There is no such tip."),
        ("1234567", "'1234567' names no tip: give the id, or its first eight digits at least."),
        ("clip.mp4", "'clip.mp4' names no tip: give the id, or its first eight digits at least."),
        ("abcdabcd", "Several tips begin with abcdabcd; give more of the id."),
    ],
)
def test_a_name_of_no_tip_or_several_is_refused_in_a_sentence(
    database: Database, tip_id: UUID, name: str, words: str
) -> None:
    with database.as_admin() as conn:
        for last in range(2):
            conn.execute(
                "INSERT INTO tip (id, channel) VALUES (%s, 'web')", [f"abcdabcd-0000-4000-8000-{last:012}"]
            )
    done = CliRunner().invoke(main, ["show", name])
    assert done.exit_code == 1
    assert words in done.output


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
    media_id = received(database, tip_id, state="ready", stage="done")
    reason = {"media": str(media_id), "stage": "survey", "code": "tool_failed", "sentence": "Three attempts."}
    with database.as_role("worker") as conn:
        ledger.append(conn, tip_id, "not_made", "worker", reason)
    assert "not made at survey (tool_failed): Three attempts." in said("show", str(tip_id))


def test_what_an_original_tells_is_named_by_kind_with_its_grade(database: Database, tip_id: UUID) -> None:
    media_id = received(database, tip_id, state="ready", stage="done")
    with database.as_admin() as conn:
        conn.execute(
            "INSERT INTO trace (media_id, recipe, kinds, grade, clues, clock, manifest, sealed)"
            " VALUES (%s, 'r1', '{place,device}', 'original', '{camera}', 'fits', 'intact', 'x')",
            [media_id],
        )
    assert (
        "original tells: place, device; grade: original (camera); clock: fits; C2PA manifest: intact"
        in said("show", str(tip_id))
    )
    (described,) = json.loads(said("show", str(tip_id), "--json"))["media"]
    assert described["traces"] == {
        "kinds": ["place", "device"], "grade": "original", "clues": ["camera"], "clock": "fits",
        "manifest": "intact",
    }  # fmt: skip


def test_a_small_copy_is_told_from_the_one_of_full_size(database: Database, tip_id: UUID) -> None:
    media_id = received(database, tip_id, state="ready", stage="done")
    with database.as_admin() as conn:
        for recipe, facts in (("quick-1", '{"quick": true}'), ("full-1", "{}")):
            conn.execute(
                "INSERT INTO derivative (media_id, kind, recipe, input_sha256, sha256, bytes, mime, facts,"
                " object_key) VALUES (%s, 'playback', %s, %s, %s, 9, 'video/mp4', %s, %s)",
                [media_id, recipe, bytes(32), bytes(32), facts, recipe],
            )
    told = said("show", str(tip_id))
    assert "  playback (small): 9 bytes" in told
    assert "  playback: 9 bytes" in told


def test_what_was_set_aside_has_no_next_stage(database: Database, tip_id: UUID) -> None:
    received(database, tip_id, state="quarantined", stage="inspect")
    told = said("show", str(tip_id))
    assert "given up at inspect" in told
    assert "next stage" not in told


def test_what_waits_says_for_what_and_since_when(database: Database, tip_id: UUID) -> None:
    received(database, tip_id, state="sealed", stage="watch")
    assert "next stage watch, received " in said("show", str(tip_id))


def test_nothing_to_make_again_is_said(tip_id: UUID) -> None:
    assert said("rederive", "--outdated") == "There is nothing to make again.\n"


def received(database: Database, tip_id: UUID, *, state: str, stage: str) -> UUID:
    """A media of the tip, in some state at some stage."""
    with database.as_admin() as conn:
        row = conn.execute(
            "WITH sent AS (INSERT INTO upload (id, tip_id, expires_at)"
            " VALUES (gen_random_uuid(), %(tip)s, now()) RETURNING id)"
            " INSERT INTO media (tip_id, upload_id, leaves_sha256, state, stage, bytes, quarantine_code,"
            " quarantine_sentence) SELECT %(tip)s, id, %(leaves)s, %(state)s, %(stage)s, 1,"
            " CASE WHEN %(state)s = 'quarantined' THEN 'no_index' END,"
            " CASE WHEN %(state)s = 'quarantined' THEN 'It was cut off.' END FROM sent RETURNING id",
            {"tip": tip_id, "leaves": bytes(32), "state": state, "stage": stage},
        ).fetchone()
    assert row
    return UUID(str(row[0]))
