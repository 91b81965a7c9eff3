"""The vault: a number is known again, opened by one process, destroyed by STOP and by time."""

import secrets
import threading
from datetime import timedelta

import psycopg
import pytest

from evidence.db.connect import Connection
from evidence.errors import Invalid
from evidence.vault import (
    Texter,
    VaultKeys,
    confirm_once_an_hour,
    expire,
    number_of,
    recognise,
    reply_once_an_hour,
    start,
    stop,
)
from tests.conftest import Database
from tests.waiting import eventually

ERIN, FRANK = "+16015550123", "+16015550124"
KEYS = VaultKeys(secrets.token_bytes(32), secrets.token_bytes(32))
DAY = timedelta(days=1)


def known(conn: Connection, number: str = ERIN, lives: timedelta = DAY) -> Texter:
    return recognise(conn, KEYS, number, language="en", lives=lives)


def test_a_number_is_known_again_and_another_is_not(database: Database) -> None:
    with database.as_role("sms") as conn:
        erin = known(conn)
        assert known(conn) == erin
        frank = known(conn, FRANK)
        assert number_of(conn, KEYS, erin.id) == ERIN
    assert frank.id != erin.id
    assert frank.handle != erin.handle
    assert erin.name == f"Tipster {erin.handle}"


def test_a_handle_says_nothing_of_the_number(database: Database) -> None:
    """The same number, in another installation or after it was forgotten, has another one."""
    with database.as_role("sms") as conn:
        handles = {recognise(conn, VaultKeys(bytes(32), secrets.token_bytes(32)), ERIN, language="en",
                             lives=DAY).handle for _ in range(50)}  # fmt: skip
    assert len(handles) == 50


def test_two_texts_of_somebody_new_at_once_are_one_person(database: Database) -> None:
    with database.as_role("sms") as first, database.as_role("sms") as second:
        erin = known(first)
        pid = second.info.backend_pid
        from_second: list[Texter] = []
        thread = threading.Thread(target=lambda: from_second.append(known(second)))
        thread.start()
        eventually(lambda: database.waits_for_a_lock(pid), "the second waits for the first")
        first.commit()
        thread.join()
    assert from_second[0].id == erin.id


def test_stop_destroys_the_number_and_is_remembered(database: Database) -> None:
    with database.as_role("sms") as conn:
        erin = known(conn)
        stop(conn, erin.id)
        assert number_of(conn, KEYS, erin.id) is None
        again = known(conn)
        assert (again.id, again.stopped) == (erin.id, True)
        assert number_of(conn, KEYS, erin.id) is None, "a text alone does not bring it back"
        start(conn, KEYS, erin.id, ERIN)
        assert number_of(conn, KEYS, erin.id) == ERIN
        assert not known(conn).stopped


def test_time_destroys_the_number_and_the_mark_unless_stop_was_said(database: Database) -> None:
    with database.as_role("sms") as conn:
        erin, frank = known(conn, lives=-DAY), known(conn, FRANK, lives=-DAY)
        stop(conn, frank.id)
        assert expire(conn) == 1
        assert number_of(conn, KEYS, erin.id) is None
        assert known(conn).id != erin.id
        assert known(conn, FRANK).id == frank.id


def test_an_answer_an_hour_and_one_confirmation_beside_it(database: Database) -> None:
    with database.as_role("sms") as conn:
        erin, frank = known(conn), known(conn, FRANK)
        assert [reply_once_an_hour(conn, erin.id) for _ in range(3)] == [True, False, False]
        assert [confirm_once_an_hour(conn, erin.id) for _ in range(2)] == [True, False]
        assert reply_once_an_hour(conn, frank.id)
        conn.execute("UPDATE texter SET replied_at = replied_at - interval '1 hour'")
        assert reply_once_an_hour(conn, erin.id)


def test_sealed_numbers_are_of_one_length_and_open_with_their_key_alone() -> None:
    assert len(KEYS.seal("+442079460000")) == len(KEYS.seal("12345"))
    assert KEYS.seal(ERIN) != KEYS.seal(ERIN)
    with pytest.raises(Invalid):
        VaultKeys(secrets.token_bytes(32), KEYS.marking).open(KEYS.seal(ERIN))
    for length in (63, 64, 65, 300):
        assert KEYS.open(KEYS.seal("x" * length)) == "x" * length
    assert ERIN not in repr(KEYS)


def test_the_database_holds_a_stopped_vault_to_no_number(database: Database) -> None:
    with database.as_role("sms") as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE texter SET stopped_at = now() WHERE id = %s", [known(conn).id])
