"""The tally finds what it is there to find: each promise is broken on purpose, and counted."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from nacl.public import PrivateKey

from evidence.db.connect import Connection
from evidence.media import door as media
from evidence.spool import UploadSecret
from evidence.thread import Receipt, TipText
from evidence.tips.door import OpenedTip, TipKeys, open_tip
from tests.chaos.tally import Tally, tally, unrest
from tests.chaos.told import Told
from tests.conftest import Database

CONTENT = b"what was filmed"
SHA256 = hashlib.sha256(CONTENT)


@pytest.fixture
def conn(database: Database) -> Connection:
    return database.as_admin()


def tip(conn: Connection, written: str = "erin") -> OpenedTip:
    now, key = datetime.now(UTC), bytes(PrivateKey.generate().public_key)
    return open_tip(
        conn,
        TipText(written),
        channel="web",
        language="en",
        agency_public_key=key,
        uploads_until=now + timedelta(1),
        keys=TipKeys.new(),
    )


def arrived(conn: Connection, opened: OpenedTip | None) -> UploadSecret:
    """A file that came, was sealed and is ready."""
    secret = UploadSecret.new()
    now, token = datetime.now(UTC), opened and opened.token
    media.open_upload(conn, secret.upload_id, token=token, max_files=9, expires_at=now)
    media.finish_upload(conn, secret.upload_id, size=len(CONTENT), leaves_sha256=b"l" * 32, sealed_name=b"")
    conn.execute("SET session_replication_role = replica")
    conn.execute(
        "UPDATE media SET sha256 = %s, object_key = id, state = 'ready', stage = 'done'",
        [SHA256.digest()],
    )
    conn.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    return secret


def told_of(opened: OpenedTip, secret: UploadSecret) -> Told:
    told = Told()
    told.receipt("erin", opened.receipt.words)
    told.opened("erin", f"/files/{secret.text}", SHA256.hexdigest(), len(CONTENT))
    told.offset(f"/files/{secret.text}", len(CONTENT), "204")
    return told


def count(result: Tally, what: str) -> str:
    return dict(result.rows)[what]


def test_promises_that_were_kept_are_no_faults(conn: Connection) -> None:
    opened = tip(conn)
    told = told_of(opened, arrived(conn, opened))
    assert tally(told, conn, unrest(conn), []).faults == []


def test_each_broken_promise_is_counted(conn: Connection) -> None:
    opened = tip(conn)
    secret = arrived(conn, opened)
    told = told_of(opened, secret)
    told.receipt("frank", Receipt.new().words)
    told.uploads[secret.upload_id].offset += 3
    told.uploads[secret.upload_id].sha256 = "0" * 64
    told.form_files["1" * 64] = "erin"
    told.offset(f"/files/{secret.text}", 1, "HEAD")
    told.receipt("erin", Receipt.new().words)
    told.answered("POST /tips", 500)
    result = tally(told, conn, ["upload x is open"], ["entry 3 was changed"])
    for what in (
        "acknowledged tips lost",
        "files that never became media",
        "files not bit-identical",
        "stuck",
        "faults found by `tipline verify --all`",
    ):
        assert count(result, what) == "1", what
    assert count(result, "acknowledged bytes lost") == "3"
    assert count(result, "promises broken on the way") == "3"
    assert len(result.faults) == 9


def test_what_somebody_else_wrote_or_sent_is_no_promise_kept(conn: Connection) -> None:
    opened, other = tip(conn), tip(conn, "not what frank wrote")
    secret = arrived(conn, opened)
    told = told_of(opened, secret)
    told.receipt("frank", other.receipt.words)
    told.uploads[secret.upload_id].submission = "frank"
    result = tally(told, conn, unrest(conn), [])
    assert count(result, "tips whose words do not open them") == "1"
    assert count(result, "files in another tip") == "1"
    assert len(result.faults) == 2


def test_a_bare_upload_is_one_tip(conn: Connection) -> None:
    secret = arrived(conn, None)
    told = Told()
    told.opened(None, f"/files/{secret.text}", SHA256.hexdigest(), len(CONTENT))
    assert tally(told, conn, unrest(conn), []).faults == []
    told.uploads.clear()
    assert count(tally(told, conn, unrest(conn), []), "tips twice") == "1"


def test_what_is_there_twice_is_counted(conn: Connection) -> None:
    opened = tip(conn)
    told = told_of(opened, arrived(conn, opened))
    arrived(conn, tip(conn))
    result = tally(told, conn, unrest(conn), [])
    assert (count(result, "tips twice"), count(result, "media twice")) == ("1", "1")


def test_what_still_waits_is_unrest(conn: Connection) -> None:
    opened = tip(conn)
    secret = UploadSecret.new()
    media.open_upload(conn, secret.upload_id, token=opened.token, max_files=9, expires_at=datetime.now(UTC))
    assert unrest(conn) == [f"upload {secret.upload_id} is open"]
    media.finish_upload(conn, secret.upload_id, size=1, leaves_sha256=b"l" * 32, sealed_name=b"")
    waits = "\n".join(unrest(conn))
    assert "is received at seal" in waits
    assert "seal is todo" in waits
