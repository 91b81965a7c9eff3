import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from nacl.public import PrivateKey

from evidence.db.connect import connect
from evidence.db.migrate import MIGRATIONS, ROLES, migrate
from evidence.errors import Conflict, SettingsError
from evidence.media import door as media
from evidence.thread import TipText, write_with_words
from evidence.tips.door import TipKeys, mailbox, open_tip
from tests.conftest import Database, migrated


def test_migrations_run_from_empty_and_twice(empty_database: str) -> None:
    passwords = dict.fromkeys(ROLES, "a password")
    migrate(empty_database, passwords)
    migrate(empty_database, passwords)
    with connect(empty_database) as conn:
        applied = [row[0] for row in conn.execute("SELECT version FROM schema_migrations ORDER BY version")]
    assert applied == sorted(file.name.split("_")[0] for file in MIGRATIONS.glob("*.sql"))


def test_every_object_belongs_to_a_role_that_cannot_log_in(database: Database) -> None:
    with database.as_admin() as conn:
        strays = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relowner <> 'tipline_owner'::regrole AND relname NOT LIKE 'schema\\_migrations%'"
        ).fetchall()
        can_login = conn.execute(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'tipline_owner'"
        ).fetchone()
    assert strays == []
    assert can_login == (False,)


def test_tips_of_the_version_before_the_conversation_can_be_talked_about(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by the doors of that version: their functions still take the same."""
    for file in MIGRATIONS.glob("*.sql"):
        if file.name < "20261125000004":
            shutil.copy(file, tmp_path)
    monkeypatch.setattr("evidence.db.migrate.MIGRATIONS", tmp_path)
    before, keys, later = migrated(empty_database), TipKeys.new(), datetime.now(UTC) + timedelta(hours=1)
    agency = bytes(PrivateKey.generate().public_key)
    with before.as_role("intake") as conn:
        opened = open_tip(
            conn, TipText(what="A red car"), channel="web", language="en", agency_public_key=agency,
            uploads_until=later, keys=keys,
        )  # fmt: skip
        for token in (keys.token, None):
            upload_id = uuid4()
            media.open_upload(conn, upload_id, token=token, max_files=9, expires_at=later)
            media.finish_upload(conn, upload_id, size=5, leaves_sha256=bytes(32), sealed_name=b"sealed")
    monkeypatch.undo()
    after = migrated(empty_database)
    with after.as_role("intake") as conn:
        assert (
            write_with_words(conn, keys.receipt, "It went north", agency_public_key=agency, once=bytes(32))
            == 2
        )
        found = mailbox(conn, keys.receipt.lookup)
    assert found
    assert (found.tip_id, len(found.messages), len(found.media)) == (opened.id, 2, 1)
    assert found.media[0].statement is None
    with after.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM media WHERE due_since = received_at").fetchone() == (2,)


def a_migration(folder: Path, text: str) -> None:
    """Every migration there is, and one more."""
    for file in MIGRATIONS.glob("*.sql"):
        shutil.copy(file, folder)
    body = f"-- migrate:up\nSET ROLE tipline_owner;\n{text}\nRESET ROLE;\n\n-- migrate:down\n"
    (folder / "20990101000001_new.sql").write_text(body)


def test_a_migration_that_meets_a_lock_is_undone_said_and_tried_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_migration(tmp_path, "ALTER TABLE tip ADD COLUMN shoe_size integer;")
    monkeypatch.setattr("evidence.db.migrate.MIGRATIONS", tmp_path)
    monkeypatch.setattr("evidence.db.migrate.LOCK_SECONDS", 0.05)
    told: list[str] = []
    with database.as_role("operator") as reader, database.as_role("console") as alice:
        reader.execute("SELECT count(*) FROM tip")
        holder = reader.info.backend_pid

        def let_go(_: float) -> None:
            # Whoever reads meanwhile is not made to wait behind the migration.
            assert alice.execute("SELECT count(*) FROM tip").fetchone() == (0,)
            alice.rollback()
            if len(told) == 2:
                reader.rollback()

        migrate(database.admin_url, {}, tell=told.append, pause=let_go)
        assert reader.execute("SELECT count(shoe_size) FROM tip").fetchone() == (0,)
        assert len(told) == 2
        whose = rf"of tipline_operator, for \d+ s. To end it: SELECT pg_terminate_backend\({holder}\)"
        assert re.search(whose, told[0])


def test_a_lock_that_is_never_let_go_of_ends_the_attempt_with_the_name_of_its_holder(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_migration(tmp_path, "ALTER TABLE tip ADD COLUMN shoe_size integer;")
    monkeypatch.setattr("evidence.db.migrate.MIGRATIONS", tmp_path)
    monkeypatch.setattr("evidence.db.migrate.LOCK_SECONDS", 0.05)
    with database.as_role("operator") as reader:
        reader.execute("SELECT count(*) FROM tip")
        with pytest.raises(
            Conflict, match="in use: the oldest open transaction is of tipline_operator"
        ) as met:
            migrate(database.admin_url, {}, tell=lambda _: None, pause=lambda _: None)
    assert met.value.code == "migration_waits"


def test_a_statement_that_runs_long_is_undone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_migration(tmp_path, "CREATE TABLE half (); SELECT pg_sleep(60);")
    monkeypatch.setattr("evidence.db.migrate.MIGRATIONS", tmp_path)
    monkeypatch.setattr("evidence.db.migrate.STATEMENT_SECONDS", 0.2)
    with pytest.raises(SettingsError, match=r"ran longer than 0\.2 seconds"):
        migrate(database.admin_url, {})
    with database.as_admin() as conn:
        assert conn.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_an_index_on_a_large_table_is_built_beside_the_doors_without_these_limits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_migration(tmp_path, "ALTER TABLE media ADD COLUMN shoe_size integer;")
    (tmp_path / "20990101000002_index.sql").write_text(
        "-- migrate:up transaction:false\n"
        "CREATE INDEX CONCURRENTLY shoe ON media (shoe_size);\n\n-- migrate:down\n"
    )
    monkeypatch.setattr("evidence.db.migrate.MIGRATIONS", tmp_path)
    migrate(database.admin_url, {})
    with database.as_admin() as conn:
        found = conn.execute(
            "SELECT indisvalid, relowner::regrole::text FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE relname = 'shoe'"
        ).fetchone()
    assert found == (True, "tipline_owner")
