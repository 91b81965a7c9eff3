"""What may still be done to a tip by whoever comes back with the words."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from nacl.public import PrivateKey

from evidence import ledger, media, tips
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.errors import NotFound, TooMany
from evidence.media.door import finish_upload, open_upload
from evidence.reviewers.reviewer import named
from evidence.reviewers.signin import mint_link
from evidence.seal import public_key_of
from evidence.thread import Receipt, TipText
from evidence.tips.door import (
    OpenedTip,
    TipKeys,
    admit_by_text,
    admit_with_words,
    open_texted_tip,
    open_tip,
    withdraw,
)
from tests.conftest import Database

AGENCY = public_key_of(bytes(PrivateKey.generate()))
LEAVES = hashlib.sha256(b"leaves").digest()


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def opened(database: Database) -> OpenedTip:
    with database.as_role("intake") as conn:
        return open_tip(
            conn, TipText(what="A red car"), channel="web", language="en", agency_public_key=AGENCY,
            uploads_until=later(), keys=TipKeys.new(),
        )  # fmt: skip


def test_who_comes_back_sends_more_to_the_same_tip(database: Database) -> None:
    tip, token, upload = opened(database), secrets.token_bytes(32), uuid4()
    with database.as_role("intake") as conn:
        assert admit_with_words(conn, tip.receipt, token, later())
        open_upload(conn, upload, token=token, max_files=25, expires_at=later())
        finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
    with database.as_admin() as conn:
        assert conn.execute("SELECT tip_id FROM media").fetchall() == [(tip.id,)]


def test_other_words_and_late_passes_admit_nothing(database: Database) -> None:
    tip, late = opened(database), secrets.token_bytes(32)
    with database.as_role("intake") as conn:
        assert not admit_with_words(conn, Receipt.new(), secrets.token_bytes(32), later())
        assert admit_with_words(conn, tip.receipt, late, datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(NotFound):
            open_upload(conn, uuid4(), token=late, max_files=25, expires_at=later())


def test_a_pass_for_one_file_is_for_one(database: Database) -> None:
    token = secrets.token_bytes(32)
    with database.as_role("sms") as conn:
        tip_id = open_texted_tip(
            conn, "A red car", language="en", agency_public_key=AGENCY, receipt=Receipt.new()
        )
        assert admit_by_text(conn, tip_id, token, later(), files=1)
        assert not admit_by_text(conn, opened(database).id, secrets.token_bytes(32), later(), files=1)
    with database.as_role("intake") as conn:
        open_upload(conn, uuid4(), token=token, max_files=25, expires_at=later())
        conn.commit()
        with pytest.raises(TooMany):
            open_upload(conn, uuid4(), token=token, max_files=25, expires_at=later())


def test_withdrawing_ends_what_is_on_its_way_and_what_is_being_made(database: Database) -> None:
    tip, open_still, received, inspected = opened(database), uuid4(), uuid4(), uuid4()
    with database.as_role("intake") as conn:
        for upload in (open_still, received, inspected):
            open_upload(conn, upload, token=tip.token, max_files=25, expires_at=later())
        first, second = (
            finish_upload(conn, upload, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
            for upload in (received, inspected)
        )
    with database.as_admin() as conn:
        conn.execute("UPDATE media SET stage = 'watch' WHERE id = %s", [second])
    with database.as_role("worker") as conn:
        held = media.claim(conn, first, "seal", 60)
    with database.as_role("intake") as conn:
        assert withdraw(conn, tip.receipt)
        assert withdraw(conn, tip.receipt)
        conn.commit()
        with pytest.raises(NotFound):
            finish_upload(conn, open_still, size=5, leaves_sha256=LEAVES, sealed_name=b"sealed")
        conn.rollback()
        with pytest.raises(NotFound):
            open_upload(conn, uuid4(), token=tip.token, max_files=25, expires_at=later())
    assert held
    with database.as_role("worker") as conn:
        # It was being sealed, and may be: so the spool lets go of it.
        media.finish_stage(conn, held, "inspect")
    with database.as_role("console") as conn:
        assert tips.get(conn, tip.id).state == "withdrawn"
        assert [e.kind for e in ledger.history(conn, tip.id)].count("withdrawn") == 1
        stages = conn.execute("SELECT stage FROM media WHERE tip_id = %s", [tip.id]).fetchall()
    assert stages == [("done",), ("done",)]


def test_what_is_in_a_case_stays_and_what_was_closed_goes(database: Database) -> None:
    evidence, closed = opened(database), opened(database)
    with database.as_role("operator") as conn:
        mint_link(conn, "bob", "investigator")
    with database.as_role("console") as conn:
        bob = named(conn, "bob")
        assert bob
        case = cases.open_case(conn, "26-1", "Cars", bob)
        attachment.attach(conn, case, evidence.id, bob)
        tips.close(conn, closed.id, "other", "", bob.actor)
    with database.as_role("intake") as conn:
        assert withdraw(conn, evidence.receipt) is False
        assert withdraw(conn, closed.receipt) is True
        assert withdraw(conn, Receipt.new()) is None
    with database.as_role("console") as conn:
        assert tips.get(conn, evidence.id).state == "attached"
        assert tips.get(conn, closed.id).state == "withdrawn"
