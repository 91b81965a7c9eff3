"""`tipline verify` over a real database and a real store, one lie at a time."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence import ledger, media
from evidence.ledger.checkpoint import note_copied, take, uncopied
from evidence.ledger.entry import GENESIS, entry_hash
from evidence.ledger.witness import copy_out
from evidence.media import purging
from evidence.media.door import finish_upload, open_upload
from evidence.media.progress import Made
from evidence.settings import Retention, StoreSettings
from evidence.storage.original import Original
from evidence.storage.removal import remove_all
from evidence.storage.store import Store
from evidence.thread import TipText, write_with_words
from evidence.tips.door import TipKeys, open_tip
from tests.conftest import Database
from tipline.cli.commands import main

SIGNING_KEY = bytes(range(32))
CONTENT = b"what the phone saw" * 100
SHA = hashlib.sha256(CONTENT).digest()
# A tip's own tables, in an order in which they can be emptied.
EVERYTHING = ("derivative", "media", "upload", "tip", "ledger_log", "ledger_unlogged", "ledger")


@dataclass
class Archive:
    """One sealed file with one copy of it, all of it witnessed."""

    database: Database
    store: Store
    tip: UUID
    verify: Callable[..., Result]

    def as_owner(self, *statements: str) -> None:
        """What nothing in the database can stop."""
        with self.database.as_admin() as conn:
            conn.execute("SET session_replication_role = replica")
            for statement in statements:
                conn.execute(statement.encode())

    def said(self, *arguments: str) -> list[str]:
        done = self.verify(*arguments)
        assert done.exit_code == 1, done.output
        return done.output.splitlines()


@pytest.fixture
def archive(
    database: Database, store: Store, store_settings: StoreSettings, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Archive:  # fmt: skip
    for name, value in {
        "DATABASE_URL": database.url("operator"),
        "TIPLINE_CONSOLE_URL": "http://localhost",
        "TIPLINE_AGENCY_PRIVATE_KEY": base64.b64encode(bytes(32)).decode(),
        "TIPLINE_CHECKPOINT_VERIFY_KEY": base64.b64encode(bytes(SigningKey(SIGNING_KEY).verify_key)).decode(),
        "TIPLINE_S3_ENDPOINT": store_settings.endpoint or "",
        "TIPLINE_S3_ACCESS_KEY": store_settings.access_key,
        "TIPLINE_S3_SECRET_KEY": store_settings.secret_key,
        "TIPLINE_S3_ORIGINALS": store_settings.originals,
        "TIPLINE_S3_DERIVATIVES": store_settings.derivatives,
        "TIPLINE_S3_CHECKPOINTS": store_settings.checkpoints,
    }.items():
        monkeypatch.setenv(name, value)
    tip = sealed_tip(database, store, tmp_path / "clip")
    witness(database, store)
    return Archive(database, store, tip, lambda *words: CliRunner().invoke(main, ["verify", *words]))


def sealed_tip(database: Database, store: Store, clip: Path) -> UUID:
    upload, until = uuid4(), datetime.now(UTC) + timedelta(days=1)
    clip.write_bytes(CONTENT)
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=None, max_files=1, expires_at=until)
        media_id = finish_upload(conn, upload, size=len(CONTENT), leaves_sha256=SHA, sealed_name=b"name")
    original = store.put_original("one", Original(clip, len(CONTENT), SHA, until, "GOVERNANCE"))
    copy = store.put_derivative("one", clip, SHA, "video/mp4")
    with database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
        assert lease is not None
        media.mark_sealed(conn, lease, sha256=SHA, size=len(CONTENT), stored=original, retain_until=until)
        made = Made("playback", "remux-1", SHA, SHA, len(CONTENT), "video/mp4", copy, {}, "ffmpeg")
        media.add_derivative(conn, lease, made)
    return lease.tip_id


def witness(database: Database, store: Store) -> None:
    with database.as_role("worker") as conn:
        take(conn, SIGNING_KEY)
        for head in uncopied(conn):
            copy_out(store, head)
            note_copied(conn, head.checkpoint)


def test_what_nobody_touched_is_intact(archive: Archive) -> None:
    for words in (["--all"], [str(archive.tip)]):
        done = archive.verify(*words)
        assert done.exit_code == 0, done.output
        assert "1 chain of 5 entries, 2 stored objects read back, 1 signed checkpoint" in done.output
        assert " 0 entries of the whole ledger await" in done.output


def test_a_tip_that_was_deleted_with_all_that_told_of_it_is_named(archive: Archive) -> None:
    archive.as_owner(*(f"DELETE FROM {table}" for table in EVERYTHING))
    for words in (["--all"], [str(archive.tip)]):
        lines = archive.said(*words)
        assert sum(line.startswith(f"{archive.tip}  entry_missing") for line in lines) == 5


def test_a_tip_that_never_was_is_not_found(archive: Archive) -> None:
    assert "(unknown_tip)" in archive.verify(str(uuid4())).output


def test_a_copy_that_no_entry_knows_is_named(archive: Archive) -> None:
    """Staff would watch it: its row is all that the console reads."""
    archive.as_owner(
        "INSERT INTO derivative (media_id, kind, recipe, input_sha256, sha256, bytes, mime, object_key)"
        " SELECT id, 'poster', 'forged', sha256, sha256, 1, 'image/jpeg', 'one' FROM media"
    )
    (line,) = archive.said("--all")
    assert line.startswith(f"{archive.tip}  row_planted")
    assert "poster copy" in line


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE derivative SET kind = 'poster'",
        "UPDATE derivative SET object_key = 'two'",
        "UPDATE media SET object_version = 'another'",
        "DELETE FROM derivative",
    ],
)
def test_a_row_that_says_something_else_is_named(archive: Archive, lie: str) -> None:
    archive.as_owner(lie)
    for words in (["--all"], [str(archive.tip)]):
        (line,) = archive.said(*words)
        assert line.startswith(f"{archive.tip}  row_changed")


def talk(database: Database) -> UUID:
    """Erin tells of a van, and comes back with more."""
    keys, agency = TipKeys.new(), bytes(PrivateKey.generate().public_key)
    with database.as_role("intake") as conn:
        tip = open_tip(
            conn, TipText(what="A van"), channel="web", language="en", agency_public_key=agency,
            uploads_until=datetime.now(UTC) + timedelta(hours=1), keys=keys,
        )  # fmt: skip
        for text in ("Going north", "Going south"):
            once = hashlib.sha256(text.encode()).digest()
            write_with_words(conn, keys.receipt, text, agency_public_key=agency, once=once)
    return tip.id


LIES = {
    "UPDATE message SET sealed_agency = 'x' WHERE sequence = 1": "message_changed  Message 1",
    "UPDATE message SET sealed_citizen = 'x' WHERE sequence = 2": "message_changed  Message 2",
    "UPDATE message SET author = 'staff', signature = decode(repeat('00', 64), 'hex') WHERE sequence = 2": (
        "message_changed  Message 2"
    ),
    "DELETE FROM message WHERE sequence = 3": "message_missing  Message 3",
    "INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen)"
    " SELECT tip_id, 4, author, sealed_agency, sealed_citizen FROM message"
    " WHERE sequence = 2": "message_planted  Message 4",
}


def test_a_thread_that_is_not_what_was_written_is_named(archive: Archive) -> None:
    threads = {talk(archive.database): lie for lie in LIES}
    assert archive.verify("--all").exit_code == 0
    archive.as_owner(*(f"{lie} AND tip_id = '{tip}'" for tip, lie in threads.items()))
    named = {UUID(line.split()[0]): line for line in archive.said("--all")}
    assert named.keys() == threads.keys()
    for tip, lie in threads.items():
        assert named[tip].startswith(f"{tip}  {LIES[lie]} ")
    assert archive.said(str(tip)) == [named[tip]]
    assert archive.verify(str(archive.tip)).exit_code == 0


def test_words_that_were_purged_are_not_missed(archive: Archive) -> None:
    tip = talk(archive.database)
    with archive.database.as_admin() as conn:
        ledger.append(conn, tip, "purged", "tipline", {})
    archive.as_owner("DELETE FROM message")
    assert archive.verify("--all").exit_code == 0


def test_media_moved_to_another_tip_is_named(archive: Archive) -> None:
    archive.as_owner(
        "INSERT INTO tip (channel) VALUES ('web')",
        "UPDATE media SET tip_id = (SELECT id FROM tip WHERE id <> tip_id)",
    )
    lines = archive.said("--all")
    assert len(lines) == 2
    assert all(line.startswith(f"{archive.tip}  row_changed") for line in lines)
    assert archive.said(str(archive.tip)) == lines


def test_entries_kept_from_the_checkpointer_are_named_once_they_are_late(archive: Archive) -> None:
    chain, at, digest = uuid4(), datetime.now(UTC), GENESIS
    with archive.database.as_admin() as conn:
        for sequence, when in ((1, at - timedelta(hours=1)), (2, at)):
            said = {"chain": str(chain), "sequence": sequence, "at": when.isoformat(), "kind": "opened",
                    "actor": "citizen", "details": {}}  # fmt: skip
            body = json.dumps(said).encode()
            previous = digest
            digest = entry_hash(previous, body)
            conn.execute(
                "INSERT INTO ledger VALUES (%s, %s, %s, %s, %s)", [chain, sequence, body, previous, digest]
            )
    witness(archive.database, archive.store)
    (line,) = archive.said("--all")
    assert line.startswith(f"{chain}  unwitnessed  Entry 1 ")
    assert archive.verify(str(archive.tip)).exit_code == 0


def test_a_head_that_was_never_copied_vouches_for_nothing(archive: Archive) -> None:
    """The to-do list says that the bucket has it; the bucket does not."""
    with archive.database.as_role("operator") as conn:
        ledger.append(conn, archive.tip, "exported", "operator", {})
    with archive.database.as_role("worker") as conn:
        signed = take(conn, SIGNING_KEY)
        assert signed is not None
        note_copied(conn, signed)
    assert " 1 entries of the whole ledger await" in archive.verify("--all").output


def test_a_witness_that_cannot_be_read_is_a_fault_of_the_log(archive: Archive) -> None:
    """The steward, who may do everything, removes the first version and leaves another in its place."""
    found = next(archive.store.checkpoint_objects("checkpoints/"))
    archive.store.client.delete_object(
        Bucket=found.bucket, Key=found.key, VersionId=found.version or "", BypassGovernanceRetention=True
    )
    archive.store.client.put_object(Bucket=found.bucket, Key=found.key, Body=b"nothing")
    (line,) = archive.said(str(archive.tip))
    assert line.startswith("log  witness_unreadable")


def test_a_database_that_is_away_is_told_in_a_sentence(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/nowhere")
    assert "(database_away)" in "".join(archive.said("--all"))


def begin_to_delete(archive: Archive) -> None:
    """The time of the tip is over, and the deletion clock begins."""
    past = "now() - interval '91 days'"
    archive.as_owner(
        f"UPDATE tip SET received_at = {past}", f"UPDATE media SET received_at = {past}, leased_until = NULL"
    )
    with archive.database.as_role("expire") as conn:
        assert purging.begin(conn, archive.tip, Retention()) == "time_over"


def test_what_was_deleted_must_be_gone_and_until_then_may_be(archive: Archive) -> None:
    store = archive.store
    begin_to_delete(archive)
    assert archive.verify("--all").exit_code == 0
    assert remove_all(store, store.originals, "one") == 1
    assert archive.verify("--all").exit_code == 0
    with archive.database.as_role("expire") as conn:
        assert purging.finish(conn, archive.tip)
    for words in (["--all"], [str(archive.tip)]):
        (left,) = archive.said(*words)
        assert "purged_still_there" in left
        assert f"lie in {store.derivatives} although" in left
    assert remove_all(store, store.derivatives, "one") == 1
    assert "nothing left of 1 deleted tip," in archive.verify("--all").output
    # An object that no entry knows lies there by nobody's leave as well.
    store.client.put_object(Bucket=store.originals, Key=f"{archive.tip}/x", Body=b"late")
    assert f"lie in {store.originals} although" in archive.said("--all")[0]


def test_a_tip_that_was_deleted_although_a_case_had_it_is_named(archive: Archive) -> None:
    with archive.database.as_admin() as conn:
        ledger.append(conn, archive.tip, "attached", "reviewer:x", {"case": str(uuid4())})
        ledger.append(conn, archive.tip, "purge_begun", "expire", {"reason": "time_over"})
    assert "evidence_purged" in archive.said("--all")[0]
