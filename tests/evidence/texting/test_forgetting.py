"""What is done with goes in time, and with its tip; what is not done stays until it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from nacl.public import PrivateKey

from evidence import texting, vault
from evidence.db.connect import Connection
from evidence.texting import incoming, outgoing
from evidence.thread import Receipt, once_of
from evidence.tips.door import open_texted_tip
from evidence.vault import Texter, VaultKeys
from tests.conftest import Database

KEYS, DOOR = VaultKeys(bytes(32), bytes(32)), bytes(PrivateKey.generate().public_key)


def erin(conn: Connection) -> Texter:
    return vault.recognise(conn, KEYS, "+16015550123", language="en", lives=timedelta(days=1))


def tip_with_texts(conn: Connection) -> UUID:
    """A tip of erin's: one message that is done and one that is not, words sent, an answer waiting."""
    tip_id = open_texted_tip(conn, "A red car", language="en", agency_public_key=DOOR, receipt=Receipt.new())
    incoming.begin_tip(conn, erin(conn).id, tip_id)
    for sid, done in (("SM1", True), ("MM2", False)):
        incoming.note(conn, once_of(sid), sid, "webhook")
        incoming.place(conn, once_of(sid), erin(conn).id, tip_id, announced=0 if done else 1)
        if done:
            incoming.move(conn, once_of(sid), "done")
    outgoing.queue(conn, erin(conn).id, tip_id, "receipt", b"nine words", DOOR)
    (out_id,) = outgoing.due(conn)
    outgoing.claim(conn, out_id)
    outgoing.taken(conn, out_id, "SM3")
    outgoing.queue(conn, erin(conn).id, tip_id, "link", b"a link", DOOR)
    return tip_id


@pytest.mark.parametrize("state", ["withdrawn", "purged"])
def test_a_tip_that_ends_takes_its_texts_with_it(database: Database, state: str) -> None:
    with database.as_role("sms") as conn:
        tip_id = tip_with_texts(conn)
    with database.as_admin() as conn:
        conn.execute("UPDATE tip SET state = %s", [state])
    with database.as_role("sms") as conn:
        assert conn.execute("SELECT 1 FROM texted_tip").fetchall() == []
        known = conn.execute("SELECT state, tip_id, texter_id IS NULL FROM text_in ORDER BY at").fetchall()
        assert known == [("done", None, True), ("files", tip_id, False)], "its file is still to be given up"
        there = conn.execute("SELECT kind, tip_id, sid FROM text_out").fetchall()
        assert there == [("receipt", None, "SM3")], "still to be deleted at the carrier"
        incoming.move(conn, once_of("MM2"), "done")
        assert incoming.expire(conn, datetime.now(UTC) - timedelta(days=30)) == 0
        assert conn.execute("SELECT DISTINCT tip_id, texter_id FROM text_in").fetchall() == [(None, None)]
    with database.as_role("console") as conn:
        assert texting.handle_of(conn, tip_id) is None


def test_what_is_done_goes_in_time_and_what_belongs_to_a_tip_goes_with_it(database: Database) -> None:
    with database.as_role("sms") as conn:
        tip_with_texts(conn)
        for kind in ("help", "started"):
            outgoing.queue(conn, erin(conn).id, None, kind, b"said", DOOR)
        conn.execute("UPDATE text_out SET at = at - interval '31 days'")
        conn.execute("UPDATE text_in SET at = at - interval '31 days'")
        conn.execute("UPDATE text_out SET state = 'delivered', sealed = NULL WHERE kind IN ('help', 'link')")
        assert incoming.expire(conn, datetime.now(UTC) - timedelta(days=30)) == 3
        left = conn.execute("SELECT kind FROM text_out ORDER BY at").fetchall()
        assert left == [("receipt",), ("started",)]
        assert conn.execute("SELECT state FROM text_in").fetchall() == [("files",)]


def test_whoever_is_known_by_nothing_any_more_is_forgotten(database: Database) -> None:
    with database.as_role("sms") as conn:
        erin(conn)
        conn.execute("UPDATE texter SET expires_at = clock_timestamp()")
        vault.expire(conn)
        incoming.expire(conn, datetime.now(UTC) - timedelta(days=30))
        assert conn.execute("SELECT 1 FROM texter").fetchall() == []


def test_a_door_that_was_taken_over_deletes_nothing_of_today(database: Database) -> None:
    with database.as_role("sms") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        incoming.expire(conn, datetime.now(UTC))
