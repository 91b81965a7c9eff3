"""What the owner of the database can do to a thread, and how staff and the citizen know."""

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid
from evidence.seal import public_key_of, seal_to
from evidence.thread import Receipt, StaffKeys, TipText, messages, reply, write_with_words
from evidence.thread.authorship import Authorship, opening, written
from evidence.thread.message import newest_sequence, registered
from evidence.thread.reading import Doubt, doubts, open_for_agency, unseen_answers
from evidence.tips.door import OpenedTip, TipKeys, open_texted_tip, open_tip
from tests.conftest import Database

KEYS = StaffKeys(bytes(PrivateKey.generate()), bytes(SigningKey.generate()))


@pytest.fixture
def tip(database: Database) -> OpenedTip:
    """Erin tells of a car; alice asks twice, and each is answered."""
    with database.as_role("intake") as conn:
        tip = open_tip(
            conn, TipText(what="A red car"), channel="web", language="en",
            agency_public_key=KEYS.agency_public,
            uploads_until=datetime.now(UTC) + timedelta(hours=1), keys=TipKeys.new(),
        )  # fmt: skip
    for question, answer in (("A clip?", "Yes"), ("May we publish it?", "No")):
        ask(database, tip, question)
        tell(database, tip, answer)
    return tip


def ask(database: Database, tip: OpenedTip, text: str) -> None:
    with database.as_role("console") as conn:
        seen = newest_sequence(conn, tip.id)
        reply(conn, tip.id, text, actor="reviewer:alice", keys=KEYS, once=secrets.token_bytes(32), seen=seen)


def tell(database: Database, tip: OpenedTip, text: str, seen: int | None = None) -> None:
    with database.as_role("console") as conn:
        newest = newest_sequence(conn, tip.id)
    with database.as_role("intake") as conn:
        write_with_words(
            conn, tip.receipt, text, agency_public_key=KEYS.agency_public, once=secrets.token_bytes(32),
            seen=newest if seen is None else seen,
        )  # fmt: skip


def doubted(database: Database, tip: OpenedTip) -> dict[int, Doubt]:
    with database.as_role("console") as conn:
        thread = [open_for_agency(one, KEYS.agency_private) for one in messages(conn, tip.id)]
        return doubts(thread, registered(conn, tip.id), KEYS.verifying)


def put(conn: Connection, tip: OpenedTip, plaintext: bytes, *, author: str = "citizen") -> None:
    """What whoever owns the database can put at the end of a thread: both keys are public to them."""
    conn.execute(
        "INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen, signature)"
        " SELECT %s, max(sequence) + 1, %s, %s, %s, %s FROM message WHERE tip_id = %s",
        [
            tip.id, author, seal_to(KEYS.agency_public, plaintext),
            seal_to(tip.receipt.public_key, plaintext), bytes(64) if author == "staff" else None, tip.id,
        ],
    )  # fmt: skip


def test_what_nobody_touched_is_believed(database: Database, tip: OpenedTip) -> None:
    assert doubted(database, tip) == {}


def test_words_put_into_the_citizen_s_mouth_are_known(database: Database, tip: OpenedTip) -> None:
    false, stranger = TipText(what="It was my neighbour"), Receipt.new()
    with database.as_admin() as conn:
        for plaintext in (false.to_bytes(), written(stranger, false, 5), opening(stranger, false)):
            put(conn, tip, plaintext)
    assert doubted(database, tip) == dict.fromkeys((6, 7, 8), "not_signed")


def test_a_yes_to_one_question_cannot_be_made_one_to_another(database: Database, tip: OpenedTip) -> None:
    with database.as_admin() as conn:
        conn.execute("UPDATE message SET sequence = 99 WHERE sequence = 5")
        conn.execute("UPDATE message SET sequence = 5 WHERE sequence = 3")
        conn.execute("UPDATE message SET sequence = 3 WHERE sequence = 99")
    assert doubted(database, tip) == {3: "moved"}


def test_a_message_that_is_shown_again_is_known(database: Database, tip: OpenedTip) -> None:
    with database.as_admin() as conn:
        conn.execute(
            "INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen)"
            " SELECT tip_id, 6, author, sealed_agency, sealed_citizen FROM message WHERE sequence = 3"
        )
    assert doubted(database, tip) == {6: "repeated"}


def test_a_message_of_another_thread_is_known(database: Database, tip: OpenedTip) -> None:
    with database.as_role("intake") as conn:
        other = open_tip(
            conn, TipText(what="A dog"), channel="web", language="en", agency_public_key=KEYS.agency_public,
            uploads_until=datetime.now(UTC) + timedelta(hours=1), keys=TipKeys.new(),
        )  # fmt: skip
    tell(database, other, "It bites")
    with database.as_admin() as conn:
        conn.execute(
            "UPDATE message SET sealed_agency = (SELECT sealed_agency FROM message WHERE tip_id = %s"
            " AND sequence = 2) WHERE tip_id = %s AND sequence = 3",
            [other.id, tip.id],
        )
    assert doubted(database, tip) == {3: "not_signed"}


def test_staff_know_what_no_colleague_wrote(database: Database, tip: OpenedTip) -> None:
    with database.as_admin() as conn:
        put(conn, tip, TipText(what="Close this one").to_bytes(), author="staff")
        # What a colleague did write, made the citizen's.
        conn.execute("UPDATE message SET author = 'citizen', signature = NULL WHERE sequence = 2")
    assert doubted(database, tip) == {2: "not_signed", 6: "not_ours"}


@pytest.mark.parametrize("exchanged", ["citizen_key", "receipt_lookup"])
def test_nothing_is_sealed_to_a_key_that_somebody_exchanged(
    database: Database, tip: OpenedTip, exchanged: str
) -> None:
    """Else whoever owns the database reads every answer from then on."""
    theirs = {"citizen_key": public_key_of(bytes(PrivateKey.generate())), "receipt_lookup": bytes(32)}
    with database.as_admin() as conn:
        conn.execute(f"UPDATE tip SET {exchanged} = %s".encode(), [theirs[exchanged]])
    assert doubted(database, tip)[1] == "keys_exchanged"
    with pytest.raises(Conflict) as refused:
        ask(database, tip, "Where are you?")
    assert refused.value.code == "keys_exchanged"


@pytest.mark.parametrize(
    "hidden",
    [
        "DELETE FROM message WHERE sequence = 1",
        "UPDATE message SET sealed_agency = '\\x00' WHERE sequence = 1",
    ],
)
def test_nor_where_what_would_tell_was_removed(database: Database, tip: OpenedTip, hidden: str) -> None:
    with database.as_admin() as conn:
        conn.execute(hidden.encode())
    with pytest.raises(Conflict) as refused:
        ask(database, tip, "Where are you?")
    assert refused.value.code == "keys_exchanged"


def test_who_texts_signs_nothing_and_has_a_key_of_their_own_all_the_same(database: Database) -> None:
    receipt = Receipt.new()
    with database.as_admin() as conn:
        tip_id = open_texted_tip(
            conn, "Hola", language="es", agency_public_key=KEYS.agency_public, receipt=receipt
        )
    texted = OpenedTip(receipt, bytes(32), tip_id)
    ask(database, texted, "Si?")
    with database.as_admin() as conn:
        put(conn, texted, TipText(what="by text").to_bytes())
    assert doubted(database, texted) == {}
    with database.as_admin() as conn:
        conn.execute("UPDATE tip SET citizen_key = %s", [public_key_of(bytes(32))])
    assert doubted(database, texted) == {1: "keys_exchanged"}


def test_threads_from_before_keys_were_told_go_on(database: Database, tip: OpenedTip) -> None:
    plaintext = TipText(what="A red car").to_bytes()
    with database.as_admin() as conn:
        conn.execute(
            "UPDATE message SET sealed_agency = %s WHERE sequence = 1",
            [seal_to(KEYS.agency_public, plaintext)],
        )
        put(conn, tip, plaintext)
    assert doubted(database, tip) == {}
    ask(database, tip, "Thank you.")


def test_staff_see_what_was_written_before_it_was_an_answer(database: Database, tip: OpenedTip) -> None:
    ask(database, tip, "Are you sure?")
    tell(database, tip, "And one more thing", seen=5)
    with database.as_role("console") as conn:
        thread = [open_for_agency(one, KEYS.agency_private) for one in messages(conn, tip.id)]
    assert unseen_answers(thread) == {7}


def test_the_database_learns_no_key_that_the_words_sign_with(database: Database, tip: OpenedTip) -> None:
    hand = tip.receipt.hand_public
    with database.as_admin() as conn:
        rows = str(
            conn.execute("SELECT t::text, m::text, l::text FROM tip t, message m, ledger l").fetchall()
        )
    for secret in (hand, hashlib.sha256(hand).digest(), tip.receipt.lookup):
        assert secret.hex() not in rows


BY = st.dictionaries(
    st.sampled_from(["seen", "nonce", "signature", "answers", "hand", "more"]),
    st.none() | st.integers() | st.sampled_from(["", "AAAA", "!"]),
)


@given(st.binary(max_size=200) | (BY | st.text()).map(lambda by: json.dumps({"by": by}).encode()))
def test_whatever_an_envelope_holds_is_read_or_refused(noise: bytes) -> None:
    try:
        said = Authorship.read(noise)
    except Invalid:
        return
    assert said is None or not said.signed_by(bytes(32), bytes(32), TipText())
