"""What was deleted after a backup is deleted again in what it brings back."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from nacl.public import PrivateKey
from psycopg.conninfo import conninfo_to_dict

from evidence import ledger
from evidence.cases import attachment, case
from evidence.media import purging
from evidence.media.fixity import purged_evidence
from evidence.reviewers.reviewer import named
from evidence.reviewers.signin import mint_link
from evidence.thread import TipText
from evidence.tips.door import TipKeys, open_tip
from tests.conftest import Database
from tipline.backup.deletions import Deleted, Deletions, delete_again, deletions_now
from tipline.run.deletions import main

LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def tip_id(database: Database) -> UUID:
    """A tip that a case had when the backup was taken."""
    with database.as_role("intake") as conn:
        tip = open_tip(
            conn, TipText(what="A red car"), channel="web", language="en", keys=TipKeys.new(),
            agency_public_key=bytes(PrivateKey.generate().public_key), uploads_until=LATER,
        )  # fmt: skip
    with database.as_role("operator") as conn:
        mint_link(conn, "bob", "investigator")
    with database.as_role("console") as conn:
        bob = named(conn, "bob")
        assert bob
        attachment.attach(conn, case.open_case(conn, "26-1", "Cars", bob), tip.id, bob)
    return tip.id


def test_a_tip_that_a_case_had_then_is_given_up_and_deleted(database: Database, tip_id: UUID) -> None:
    again = Deletions(LATER, (Deleted(tip_id, "withdrawn", LATER),))
    assert delete_again(database.admin_url, Deletions.from_bytes(again.to_bytes())) == 1
    with database.as_role("expire") as conn:
        assert purging.finish(conn, tip_id)
    with database.as_role("operator") as conn:
        entries = ledger.history(conn, tip_id)
    told = [(entry.kind, entry.actor) for entry in entries][-3:]
    assert told == [("detached", "operator"), ("purge_begun", "operator"), ("purged", "expire")]
    assert entries[-2].details["restored"] is True
    assert list(purged_evidence(entries)) == []
    assert [(tip.tip_id, tip.reason) for tip in deletions_now(database.url("operator")).tips] == [
        (tip_id, "withdrawn")
    ]


def test_what_is_deleted_or_was_never_there_is_passed_over(database: Database, tip_id: UUID) -> None:
    again = Deletions(LATER, tuple(Deleted(tip, "time_over", LATER) for tip in (tip_id, UUID(int=1))))
    assert delete_again(database.admin_url, again) == 1
    assert delete_again(database.admin_url, again) == 0


@pytest.mark.parametrize("role", ["intake", "worker", "console", "operator", "sms", "expire"])
def test_no_process_can_delete_what_is_not_due(database: Database, tip_id: UUID, role: str) -> None:
    with database.as_role(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT delete_again(%s, 'withdrawn', now())", [tip_id])


def test_a_list_of_one_database_is_applied_to_another_by_its_administrator(
    database: Database, tip_id: UUID
) -> None:
    told, said = io.StringIO(), io.StringIO()
    listed = Deletions(LATER, (Deleted(tip_id, "time_over", LATER),)).to_bytes().decode()
    # As `prepare` is told it on AWS: the password apart from the address.
    parts = conninfo_to_dict(database.admin_url)
    address = "postgresql://{user}@{host}:{port}/{dbname}?sslmode=disable".format_map(parts)
    told_apart = {"DATABASE_URL": address, "TIPLINE_ADMIN_PASSWORD": str(parts["password"])}
    main(["again"], told_apart, io.StringIO(listed), said)
    main(["list"], {"DATABASE_URL": database.url("operator")}, io.StringIO(), told)
    assert said.getvalue().startswith("1 tips are being deleted again, as known on ")
    assert [tip.tip_id for tip in Deletions.from_bytes(told.getvalue().encode()).tips] == [tip_id]
