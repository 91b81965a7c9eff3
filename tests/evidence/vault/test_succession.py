"""Another key in the place of an earlier one: everybody is still known, and every number still opens."""

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from evidence.db.connect import Connection
from evidence.errors import Invalid, Unavailable
from evidence.vault import (
    FIRST,
    KeyInUse,
    Texter,
    VaultKeys,
    agree,
    count_left_over,
    keys_in_use,
    note_refused,
    number_of,
    recognise,
    renew,
    start,
    stop,
    succeed,
)
from tests.conftest import Database
from tests.waiting import eventually

PHONES = [f"+1601555{number:04}" for number in range(7)]
ERIN, FRANK = PHONES[:2]


def new_keys() -> VaultKeys:
    return VaultKeys(secrets.token_bytes(32), secrets.token_bytes(32))


def after(keys: VaultKeys) -> VaultKeys:
    """Two more keys, in the place of these."""
    return VaultKeys(
        secrets.token_bytes(32),
        secrets.token_bytes(32),
        (keys.sealing, *keys.earlier_sealing),
        (keys.marking, *keys.earlier_marking),
    )


def alone(keys: VaultKeys) -> VaultKeys:
    return VaultKeys(keys.sealing, keys.marking)


@contextmanager
def door(database: Database, keys: VaultKeys) -> Iterator[Connection]:
    """One transaction of an SMS door that has these keys."""
    with database.as_role("sms") as conn:
        succeed(conn, keys)
        yield conn


def known(conn: Connection, keys: VaultKeys, number: str = ERIN) -> Texter:
    return recognise(conn, keys, number, language="en", lives=timedelta(days=1))


def everybody(database: Database, keys: VaultKeys) -> dict[str, Texter]:
    with door(database, keys) as conn:
        return {number: known(conn, keys, number) for number in PHONES}


def renewed(database: Database, keys: VaultKeys, batch: int = 3) -> int:
    """Go through all numbers, each batch in a transaction of its own; return how many batches it took."""
    after: UUID | None = FIRST
    batches = unopened = 0
    while after is not None:
        with door(database, keys) as conn:
            done = renew(conn, keys, after, batch)
        after, batches, unopened = done.then, batches + 1, unopened + done.unopened
    with door(database, keys) as conn:
        count_left_over(conn, keys, unopened)
    return batches


def in_use(database: Database) -> dict[str, KeyInUse]:
    with database.as_role("operator") as conn:
        return {key.what: key for key in keys_in_use(conn)}


def left(database: Database) -> tuple[int | None, int | None]:
    keys = in_use(database)
    return keys["vault"].left_over, keys["number"].left_over


def test_every_number_comes_under_the_new_keys_and_the_old_ones_open_nothing_any_more(
    database: Database,
) -> None:
    old, new = (keys := new_keys()), after(keys)
    before = everybody(database, old)
    renewed(database, old)
    assert left(database) == (0, 0)
    with door(database, new) as conn:
        assert number_of(conn, new, before[ERIN].id) == ERIN, "it opens before it is renewed"
    assert left(database) == (None, None)
    assert renewed(database, new) == 3
    assert left(database) == (0, 0)
    with door(database, alone(new)) as conn:
        assert {number: number_of(conn, alone(new), texter.id) for number, texter in before.items()} == {
            number: number for number in PHONES
        }
        with pytest.raises(Invalid):
            number_of(conn, old, before[ERIN].id)
    assert everybody(database, alone(new)) == before


def test_it_is_safe_to_be_done_twice_in_part_and_by_two_at_once(database: Database) -> None:
    old, new = (keys := new_keys()), after(keys)
    before = everybody(database, old)
    with door(database, new) as conn:
        renew(conn, new, most=2)
    with database.as_role("sms") as conn:
        succeed(conn, new)
        renew(conn, new)
        conn.rollback()  # it died
    with ThreadPoolExecutor() as doors:
        assert list(doors.map(lambda _: renewed(database, new, batch=1), range(2))) == [8, 8]
    with database.as_role("sms") as conn:
        lie = conn.execute("SELECT sealed, mark FROM texter ORDER BY id").fetchall()
    renewed(database, new)
    with database.as_role("sms") as conn:
        assert conn.execute("SELECT sealed, mark FROM texter ORDER BY id").fetchall() == lie
    assert left(database) == (0, 0)
    assert everybody(database, alone(new)) == before


def test_stop_is_remembered_by_the_old_key_until_its_sender_texts_again(database: Database) -> None:
    old, new = (keys := new_keys()), after(keys)
    before = everybody(database, old)
    with door(database, old) as conn:
        for number in (ERIN, FRANK):
            stop(conn, before[number].id)
    renewed(database, new)
    assert left(database) == (0, 2)
    with door(database, new) as conn:
        erin = known(conn, new)
    assert (erin.id, erin.stopped) == (before[ERIN].id, True)
    renewed(database, new)
    assert left(database) == (0, 1)
    with door(database, new) as conn:
        frank = known(conn, new, FRANK)
        assert (frank.id, frank.stopped) == (before[FRANK].id, True)
        assert start(conn, new, frank.id, FRANK)
    renewed(database, new)
    assert left(database) == (0, 0)
    with door(database, alone(new)) as conn:
        assert number_of(conn, alone(new), before[FRANK].id) == FRANK


def test_a_door_with_the_keys_before_takes_nobody_for_somebody_new(database: Database) -> None:
    old, new = (keys := new_keys()), after(keys)
    everybody(database, old)
    with door(database, new):
        pass
    for stranger in (old, new_keys()):
        with database.as_role("sms") as conn:
            with pytest.raises(Unavailable) as refused:
                succeed(conn, stranger)
            note_refused(conn)
        assert refused.value.code == "another_key"
    assert in_use(database)["number"].refused_at
    with door(database, new) as conn:
        agree(conn, new)


def test_a_door_that_may_not_succeed_waits_for_nobody_and_lets_nobody_wait(database: Database) -> None:
    """It asks every second whether it may."""
    old = new_keys()
    everybody(database, old)
    with door(database, old) as at_work, database.as_role("sms") as conn:
        known(at_work, old)
        with pytest.raises(Unavailable) as refused:
            succeed(conn, new_keys())
        assert refused.value.code == "another_key"


def test_what_the_keys_before_were_still_making_is_waited_for(database: Database) -> None:
    """Two hosts: one takes a text while the other comes back with new keys."""
    old, new = (keys := new_keys()), after(keys)
    with door(database, old):
        pass
    with database.as_role("sms") as first, database.as_role("sms") as second:
        succeed(first, old)
        erin = known(first, old)
        pid = second.info.backend_pid
        found: list[Texter] = []

        def come_back() -> None:
            succeed(second, new)
            found.append(known(second, new))
            second.commit()

        thread = threading.Thread(target=come_back)
        thread.start()
        eventually(lambda: database.waits_for_a_lock(pid), "the second waits for the first")
        first.commit()
        thread.join()
    assert [one.id for one in found] == [erin.id]


def test_without_the_number_key_whose_number_is_here_is_known_again(database: Database) -> None:
    """As the runbook says of one that is lost: nobody is known until the door has gone through all."""
    lost = new_keys()
    other = VaultKeys(lost.sealing, secrets.token_bytes(32))
    before = everybody(database, lost)
    with door(database, lost) as conn:
        stop(conn, before[FRANK].id)
    with database.as_admin() as conn:
        conn.execute("DELETE FROM text_key")
    renewed(database, other)
    assert left(database) == (0, 1)
    with door(database, other) as conn:
        assert known(conn, other).id == before[ERIN].id
        assert known(conn, other, FRANK).id != before[FRANK].id, "their STOP is forgotten"


def test_without_the_vault_key_who_texts_again_is_answered_again(database: Database) -> None:
    lost = new_keys()
    other = VaultKeys(secrets.token_bytes(32), lost.marking)
    before = everybody(database, lost)
    with database.as_admin() as conn:
        conn.execute("DELETE FROM text_key")
    renewed(database, other)
    assert left(database) == (len(PHONES), 0)
    with door(database, other) as conn:
        assert known(conn, other).id == before[ERIN].id
        assert number_of(conn, other, before[ERIN].id) == ERIN
    renewed(database, other)
    assert left(database) == (len(PHONES) - 1, 0)


def test_marks_from_before_keys_had_ids_are_the_first_key_s(database: Database) -> None:
    keys = new_keys()
    erin = everybody(database, keys)[ERIN]
    with door(database, keys) as conn:
        stop(conn, erin.id)
    with database.as_admin() as conn:  # as the release before left it
        conn.execute("DELETE FROM text_key")
        conn.execute("UPDATE texter SET marked_by = NULL")
    renewed(database, keys)
    assert left(database) == (0, 0)
    with database.as_admin() as conn:  # as a door of that release leaves it that is still there
        conn.execute("UPDATE texter SET marked_by = NULL WHERE sealed IS NOT NULL")
    renewed(database, keys)
    assert left(database) == (0, 0)
    renewed(database, after(keys))
    assert left(database) == (0, 1)


def test_after_a_key_that_was_lost_and_found_the_later_one_is_meant(database: Database) -> None:
    lost, other = new_keys(), new_keys()
    before = everybody(database, lost)
    with database.as_admin() as conn:  # what the runbook says of a key that is lost
        conn.execute("DELETE FROM text_key")
    with door(database, other) as conn:
        later = known(conn, other)
        with pytest.raises(Invalid):
            number_of(conn, other, before[FRANK].id)
    assert later.id != before[ERIN].id
    found = VaultKeys(other.sealing, other.marking, (lost.sealing,), (lost.marking,))
    with database.as_admin() as conn:
        conn.execute("DELETE FROM text_key")
    renewed(database, found)
    assert left(database) == (0, 1), "erin's earlier self is known by the old key still"
    with door(database, found) as conn:
        assert known(conn, found).id == later.id
        assert known(conn, found, FRANK).id == before[FRANK].id
        assert number_of(conn, found, before[ERIN].id) == ERIN
        stop(conn, later.id)
        assert number_of(conn, found, before[ERIN].id) is None, "her STOP holds for both"
