"""A thread, written to from every side, each as its own login."""

import base64
import hashlib
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from psycopg import sql

from evidence import ledger, tips
from evidence.db.connect import Connection
from evidence.errors import Conflict, Gone, Invalid, NotFound
from evidence.reviewers.reviewer import named
from evidence.reviewers.signin import mint_link
from evidence.seal import public_key_of
from evidence.thread import (
    Receipt,
    StaffKeys,
    TipText,
    messages,
    once_of,
    read_for_agency,
    read_for_citizen,
    reply,
    write_by_text,
    write_with_words,
)
from evidence.thread.message import PADDED_TO, newest_sequence
from evidence.thread.signature import signature_holds, signed_bytes
from evidence.tips.door import OpenedTip, TipKeys, mailbox, open_texted_tip, open_tip, withdraw
from tests.conftest import Database
from tests.waiting import eventually

AGENCY = bytes(PrivateKey.generate())
CONSOLE = SigningKey.generate()
KEYS = StaffKeys(AGENCY, bytes(CONSOLE))


def opened(database: Database) -> OpenedTip:
    with database.as_role("intake") as conn:
        return open_tip(
            conn, TipText(what="A red car"), channel="web", language="en",
            agency_public_key=public_key_of(AGENCY),
            uploads_until=datetime.now(UTC) + timedelta(hours=1), keys=TipKeys.new(),
        )  # fmt: skip


def write(conn: Connection, receipt: Receipt, text: str, once: str = "") -> int | None:
    return write_with_words(
        conn, receipt, text, agency_public_key=KEYS.agency_public, once=once_of(once or secrets.token_hex())
    )


def alice(database: Database) -> str:
    with database.as_role("operator") as conn:
        mint_link(conn, "alice", "reviewer")
    with database.as_role("console") as conn:
        found = named(conn, "alice")
    assert found
    return found.actor


def answer(database: Database, tip_id: UUID, text: str, once: str = "") -> int:
    with database.as_role("console") as conn:
        return reply(
            conn, tip_id, text, actor=alice(database), keys=KEYS, once=once_of(once or secrets.token_hex()),
            seen=newest_sequence(conn, tip_id),
        ).sequence  # fmt: skip


def test_both_sides_read_what_both_sides_wrote(database: Database) -> None:
    tip = opened(database)
    assert answer(database, tip.id, "Do you have the longer clip?") == 2
    with database.as_role("intake") as conn:
        assert write(conn, tip.receipt, " Yes.\nHere. ") == 3
        box = mailbox(conn, tip.receipt.lookup)
    assert box
    said = [
        (envelope.author, read_for_citizen(envelope.sealed_citizen or b"", tip.receipt.private_key).what)
        for envelope in box.messages
    ]
    assert said == [
        ("citizen", "A red car"),
        ("staff", "Do you have the longer clip?"),
        ("citizen", "Yes.\nHere."),
    ]
    with database.as_role("console") as conn:
        assert [read_for_agency(one, AGENCY).what for one in messages(conn, tip.id)] == [
            words for _, words in said
        ]


def test_the_ledger_commits_to_both_ciphertexts_and_names_who_wrote(database: Database) -> None:
    tip, by = opened(database), alice(database)
    answer(database, tip.id, "Thank you.")
    with database.as_role("intake") as conn:
        write(conn, tip.receipt, "You are welcome.")
    with database.as_role("console") as conn:
        entries = [entry for entry in ledger.history(conn, tip.id) if entry.kind == "message"]
        written = messages(conn, tip.id)[1:]
    assert [entry.actor for entry in entries] == [by, "citizen"]
    for entry, message in zip(entries, written, strict=True):
        assert entry.details == {
            "sequence": message.sequence,
            "author": message.author,
            "agency_sha256": hashlib.sha256(message.sealed_agency).hexdigest(),
            "citizen_sha256": hashlib.sha256(message.sealed_citizen or b"").hexdigest(),
        }


def test_what_staff_wrote_is_signed_and_says_not_by_whom(database: Database) -> None:
    tip, by = opened(database), alice(database)
    answer(database, tip.id, "Thank you.")
    with database.as_role("intake") as conn:
        box = mailbox(conn, tip.receipt.lookup)
        row = conn.execute("SELECT intake_mailbox(%s)", [tip.receipt.lookup]).fetchone()
    assert box
    assert row
    assert by.removeprefix("reviewer:") not in str(row)
    assert "alice" not in str(row)
    staff = box.messages[1]
    assert staff.sealed_citizen
    assert staff.signature
    signed = signed_bytes(tip.id, 2, staff.agency_sha256, staff.sealed_citizen)
    verify_key = bytes(CONSOLE.verify_key)
    assert signature_holds(verify_key, signed, staff.signature)
    for other in (
        signed_bytes(uuid4(), 2, staff.agency_sha256, staff.sealed_citizen),
        signed_bytes(tip.id, 3, staff.agency_sha256, staff.sealed_citizen),
        signed_bytes(tip.id, 2, bytes(32), staff.sealed_citizen),
        signed_bytes(tip.id, 2, staff.agency_sha256, staff.sealed_citizen[:-1]),
    ):
        assert not signature_holds(verify_key, other, staff.signature)


def test_nothing_written_lies_in_the_database_in_clear(database: Database) -> None:
    """As its owner reads it: every row of every table, as text, and the bytes in it as hex and as base64."""
    tip, canary = opened(database), "CANARY-5tones"
    answer(database, tip.id, f"{canary} from staff")
    with database.as_role("intake") as conn:
        write(conn, tip.receipt, f"{canary} from erin")
    shapes = (canary, canary.encode().hex(), base64.b64encode(canary.encode()).decode().rstrip("="))
    with database.as_admin() as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        dump = "".join(
            str(conn.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))).fetchall())
            for (name,) in tables.fetchall()
        )
    assert str(tip.id) in dump
    for secret in (*shapes, *tip.receipt.words.split(), "A red car"):
        assert not re.search(rf"\b{re.escape(secret)}\b", dump), secret


def test_sent_twice_is_one_message(database: Database) -> None:
    tip, by = opened(database), alice(database)
    with database.as_role("console") as conn:
        first = reply(conn, tip.id, "Once.", actor=by, keys=KEYS, once=once_of("form"), seen=1)
        second = reply(conn, tip.id, "Once.", actor=by, keys=KEYS, once=once_of("form"), seen=1)
    assert (first.sequence, first.again) == (2, False)
    assert (second.sequence, second.again) == (2, True)
    with database.as_role("intake") as conn:
        assert write(conn, tip.receipt, "Hello", "key") == write(conn, tip.receipt, "Hello", "key") == 3
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM message").fetchone() == (3,)
        assert [e.kind for e in ledger.history(conn, tip.id)] == ["opened", "message", "message"]


def test_who_has_not_seen_the_newest_message_is_told_first(database: Database) -> None:
    tip, by = opened(database), alice(database)
    with database.as_role("intake") as conn:
        write(conn, tip.receipt, "One more thing")
    with database.as_role("console") as conn, pytest.raises(Conflict) as refused:
        reply(conn, tip.id, "Thank you.", actor=by, keys=KEYS, once=once_of("a"), seen=1)
    assert refused.value.code == "thread_moved"


def test_of_two_who_answer_at_once_the_second_is_told(database: Database) -> None:
    tip, by = opened(database), alice(database)

    def second() -> None:
        with database.as_role("console") as conn:
            reply(conn, tip.id, "Two", actor=by, keys=KEYS, once=once_of("2"), seen=1)

    with ThreadPoolExecutor(1) as pool, database.as_role("console") as conn:
        reply(conn, tip.id, "One", actor=by, keys=KEYS, once=once_of("1"), seen=1)
        waiting = pool.submit(second)
        eventually(database.waits_for_a_lock, "the second waits")
        conn.commit()
        with pytest.raises(Conflict) as refused:
            waiting.result(20)
    assert refused.value.code == "thread_moved"


def test_a_reply_is_marked_when_the_citizen_first_opens_it(database: Database) -> None:
    tip = opened(database)
    answer(database, tip.id, "One")
    with database.as_role("console") as conn:
        assert [message.read_at for message in messages(conn, tip.id)] == [None, None]
    with database.as_admin() as ear:
        ear.autocommit = True
        ear.execute("LISTEN ledger")
        with database.as_role("intake") as conn:
            mailbox(conn, tip.receipt.lookup)
        assert [note.payload for note in ear.notifies(timeout=5, stop_after=1)] == [f"{tip.id} message_read"]
    with database.as_role("console") as conn:
        first = messages(conn, tip.id)[1].read_at
    assert first is not None
    with database.as_role("intake") as conn:
        mailbox(conn, tip.receipt.lookup)
    with database.as_role("console") as conn:
        assert messages(conn, tip.id)[1].read_at == first


def test_wrong_words_write_nothing(database: Database) -> None:
    opened(database)
    with database.as_role("intake") as conn:
        assert write(conn, Receipt.new(), "Hello") is None
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM message").fetchone() == (1,)


def test_who_texts_is_in_the_same_thread(database: Database) -> None:
    """As the owner, who may do all the SMS door's role may: that role comes with its door."""
    receipt = Receipt.new()
    with database.as_admin() as conn:
        tip_id = open_texted_tip(
            conn, "Hola", language="es", agency_public_key=KEYS.agency_public, receipt=receipt
        )
        sent = [
            write_by_text(
                conn, tip_id, "Vi algo", agency_public_key=KEYS.agency_public, once=once_of("SM0123")
            )
            for _ in range(2)
        ]
        assert sent == [2, 2]
        assert tips.get(conn, tip_id).channel == "sms"
    with database.as_role("intake") as conn:
        box = mailbox(conn, receipt.lookup)
    assert box
    assert read_for_citizen(box.messages[1].sealed_citizen or b"", receipt.private_key).what == "Vi algo"


def test_nobody_writes_to_who_could_not_read_it(database: Database) -> None:
    by = alice(database)
    with database.as_admin() as conn:
        row = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone()
    assert row
    with database.as_role("console") as conn:
        with pytest.raises(Conflict) as refused:
            reply(conn, row[0], "Hello", actor=by, keys=KEYS, once=once_of("a"), seen=0)
        assert refused.value.code == "no_receipt"
        with pytest.raises(NotFound):
            reply(conn, uuid4(), "Hello", actor=by, keys=KEYS, once=once_of("b"), seen=0)


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty_message"), (" \n", "empty_message"), ("x" * 10_001, "too_long")]
)
def test_nothing_and_too_much_is_refused(database: Database, text: str, code: str) -> None:
    with database.as_role("intake") as conn, pytest.raises(Invalid) as refused:
        write(conn, Receipt.new(), text)
    assert refused.value.code == code


def test_the_longest_message_of_the_widest_letters_fits(database: Database) -> None:
    tip = opened(database)
    with database.as_role("intake") as conn:
        assert write(conn, tip.receipt, "\N{PILE OF POO}" * 10_000) == 2


def test_a_withdrawn_tip_takes_no_more(database: Database) -> None:
    tip, by = opened(database), alice(database)
    with database.as_role("intake") as conn:
        assert withdraw(conn, tip.receipt)

    with database.as_role("intake") as conn, pytest.raises(Gone) as ended:
        write(conn, tip.receipt, "Wait")
    assert ended.value.code == "thread_ended"
    with database.as_role("console") as conn, pytest.raises(Gone):
        reply(conn, tip.id, "Wait", actor=by, keys=KEYS, once=once_of("a"), seen=1)


def test_sealed_lengths_tell_no_short_answer_from_another() -> None:
    assert len(TipText(what="yes").to_bytes()) == len(TipText(what="14 Fortification Street").to_bytes())
    assert len(TipText(what="x" * 3 * PADDED_TO).to_bytes()) % PADDED_TO == 0


@pytest.mark.parametrize(
    "deed",
    [
        "SELECT thread_append(gen_random_uuid(), 'staff', 'citizen', 'a', 'b', NULL, NULL, NULL)",
        "SELECT console_write(gen_random_uuid(), 1, 'citizen', 'a', 'b', 'c', NULL)",
        "SELECT sms_write(gen_random_uuid(), 'a', 'b', NULL)",
        "SELECT sms_citizen_key(gen_random_uuid())",
    ],
)
def test_the_public_door_writes_as_nobody_else(database: Database, deed: str) -> None:
    with database.as_role("intake") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(deed.encode())
