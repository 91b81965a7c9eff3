"""What the public door can do with tips, done as the public door."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey
from psycopg.errors import InsufficientPrivilege

from evidence import ledger, tips
from evidence.errors import Invalid, NotFound, TooMany
from evidence.media.door import end_upload, finish_upload, open_upload, upload_state
from evidence.seal import public_key_of
from evidence.thread import Receipt, TipText, messages, read_for_agency, read_for_citizen
from evidence.thread.message import FIELD_LIMITS
from evidence.tips.door import OpenedTip, TipKeys, mailbox, open_tip
from tests.conftest import Database

AGENCY = bytes(PrivateKey.generate())
TEXT = TipText(what="A red car", where="Fortification St", when="at noon", contact="erin@example.org")
LEAVES = hashlib.sha256(b"leaves").digest()


def opened(database: Database, text: TipText = TEXT) -> OpenedTip:
    with database.as_role("intake") as conn:
        return open_tip(
            conn, text, channel="web", language="en", agency_public_key=public_key_of(AGENCY),
            uploads_until=datetime.now(UTC) + timedelta(hours=1), keys=TipKeys.new(),
        )  # fmt: skip


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_the_agency_and_the_receipt_read_it_and_nobody_else(database: Database) -> None:
    tip = opened(database)
    with database.as_role("console") as conn:
        assert read_for_agency(messages(conn, tip.id)[0], AGENCY) == TEXT
    receipt = Receipt.from_words(tip.receipt.words)
    with database.as_role("intake") as conn:
        box = mailbox(conn, receipt.lookup)
    assert box is not None
    assert box.state == "new"
    sealed = box.messages[0].sealed_citizen
    assert sealed is not None
    assert read_for_citizen(sealed, receipt.private_key) == TEXT
    with pytest.raises(Invalid):
        read_for_citizen(sealed, Receipt.new().private_key)


def test_nothing_written_lies_in_the_database_in_clear(database: Database) -> None:
    opened(database)
    with database.as_admin() as conn:
        for table in ("tip", "message", "ledger", "upload", "media"):
            dump = str(conn.execute(f"SELECT t::text FROM {table} t".encode()).fetchall())
            for secret in ("red car", "Fortification", "noon", "erin"):
                assert secret not in dump
                assert secret.encode().hex() not in dump


def test_other_words_open_nothing(database: Database) -> None:
    opened(database)
    with database.as_role("intake") as conn:
        assert mailbox(conn, Receipt.new().lookup) is None


def test_what_a_copy_of_the_database_tells_lets_nobody_into_a_thread(database: Database) -> None:
    """A thief of a backup and of the door's login: the hash that is stored is not what the door brings."""
    tip = opened(database)
    with database.as_admin() as conn:
        stolen = conn.execute("SELECT receipt_lookup FROM tip").fetchone()
    assert stolen == (tip.receipt.lookup_sha256,)
    attempts = {
        "SELECT intake_mailbox(%s)": None,
        "SELECT intake_withdraw(%s)": None,
        "SELECT intake_write(%s, 'agency', 'citizen', sha256('once'))": None,
        "SELECT intake_admit(%s, sha256('token'), now() + interval '1 hour')": False,
    }
    with database.as_role("intake") as conn:
        for attempt, answer in attempts.items():
            assert conn.execute(attempt.encode(), stolen).fetchone() == (answer,), attempt
    for hidden in ("thread_mailbox(%s)", "thread_withdraw(%s)"):
        with database.as_role("intake") as conn, pytest.raises(InsufficientPrivilege):
            conn.execute(f"SELECT {hidden}".encode(), stolen)
    with database.as_admin() as conn:
        assert tips.get(conn, tip.id).state == "new"
        assert conn.execute("SELECT count(*) FROM message").fetchone() == (1,)


def test_an_upload_becomes_one_media_however_often_it_is_finished(database: Database) -> None:
    tip, upload = opened(database), uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=tip.token, max_files=25, expires_at=later())
        assert upload_state(conn, upload) == "open"
        first = finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
        again = finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
        assert first == again
        assert upload_state(conn, upload) == "received"
        assert not end_upload(conn, upload, "terminated")
    with database.as_admin() as conn:
        assert [entry.kind for entry in ledger.history(conn, tip.id)] == [
            "opened",
            "upload_opened",
            "received",
        ]
        jobs = conn.execute("SELECT task_name, queue_name, args FROM procrastinate_jobs").fetchall()
    assert jobs == [("seal", "media", {"media_id": str(first)})]


def test_nothing_is_half_done_when_the_door_dies_before_its_commit(database: Database) -> None:
    tip, upload = opened(database), uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=tip.token, max_files=25, expires_at=later())
        conn.commit()
        finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
        conn.rollback()
        assert upload_state(conn, upload) == "open"
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM media").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)


def test_a_bare_client_gets_a_tip_of_its_own(database: Database) -> None:
    upload = uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=None, max_files=25, expires_at=later())
        finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
    with database.as_role("console") as conn:
        (tip,) = tips.newest(conn)
        assert (tip.channel, tip.state) == ("web", "new")
        assert messages(conn, tip.id) == []


def test_the_limit_of_files_counts_what_is_open_and_what_was_ended_makes_room(database: Database) -> None:
    tip, first = opened(database), uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, first, token=tip.token, max_files=2, expires_at=later())
        open_upload(conn, uuid4(), token=tip.token, max_files=2, expires_at=later())
        conn.commit()
        with pytest.raises(TooMany) as refused:
            open_upload(conn, uuid4(), token=tip.token, max_files=2, expires_at=later())
        assert refused.value.sentence == "A tip takes at most 2 files; start another for more."
        conn.rollback()
        assert end_upload(conn, first, "expired")
        assert upload_state(conn, first) == "gone"
        open_upload(conn, uuid4(), token=tip.token, max_files=2, expires_at=later())


def test_unknown_and_expired_tokens_are_refused_alike(database: Database) -> None:
    with database.as_role("intake") as conn:
        with pytest.raises(NotFound) as unknown:
            open_upload(conn, uuid4(), token=bytes(32), max_files=2, expires_at=later())
        conn.rollback()
        old = open_tip(
            conn, TEXT, channel="web", language="en", agency_public_key=public_key_of(AGENCY),
            uploads_until=datetime.now(UTC) - timedelta(seconds=1), keys=TipKeys.new(),
        )  # fmt: skip
        with pytest.raises(NotFound) as expired:
            open_upload(conn, uuid4(), token=old.token, max_files=2, expires_at=later())
    assert unknown.value.sentence == expired.value.sentence
    assert unknown.value.code == expired.value.code == "unknown_tip"


def test_an_ended_upload_cannot_be_finished(database: Database) -> None:
    upload = uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=None, max_files=2, expires_at=later())
        assert end_upload(conn, upload, "terminated")
        assert end_upload(conn, upload, "terminated")
        with pytest.raises(NotFound) as refused:
            finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
    assert refused.value.code == "unknown_upload"


@given(st.sampled_from(sorted(FIELD_LIMITS)), st.integers(1, 50))
def test_a_field_that_is_too_long_is_named(name: str, above: int) -> None:
    TipText(**{name: "x" * FIELD_LIMITS[name]})
    with pytest.raises(Invalid, match=name):
        TipText(**{name: "x" * (FIELD_LIMITS[name] + above)})


@given(st.text(max_size=200), st.text(max_size=100))
def test_what_is_written_reads_back(what: str, contact: str) -> None:
    text = TipText(what=what, contact=contact)
    assert TipText.from_bytes(text.to_bytes()) == text


@pytest.mark.parametrize("noise", [b"", b"{", b"[]", b'{"who": "x"}', b"\xff"])
def test_noise_instead_of_a_message_is_refused(noise: bytes) -> None:
    with pytest.raises(Invalid):
        TipText.from_bytes(noise)
