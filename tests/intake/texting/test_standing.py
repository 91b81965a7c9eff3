"""Two hosts on one database, one with the carrier's account: every text goes through that one, or waits."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from twilio.request_validator import RequestValidator

from evidence.errors import Unavailable
from evidence.texting import carrier, incoming, outgoing
from evidence.texting.reconciled import reconciliation
from evidence.vault import VaultKeys, keys_in_use, succeed
from intake.texting.arrival import Incoming
from intake.texting.files import Fetcher
from intake.texting.polling import Poller
from intake.texting.settings import TextingSettings
from tests.intake.texting.conftest import ERIN, FRANK, NewErrand, SmsDoor, Town
from tests.waiting import eventually
from tipline.carrier import Account, Carrier, serving
from tipline.cli.texts import faults_of, faults_of_keys
from tipline.doctor import records
from tipline.up.ports import LOOPBACK, free_ports

STAND_INS = "fedcba9876543210fedcba9876543210"


@contextmanager
def host_without_account(town: Town) -> Iterator[SmsDoor]:
    """Another host's SMS door on the same database, beside a stand-in for a carrier of its own."""
    port = free_ports(["sms"])["sms"]
    url = f"http://{LOOPBACK}:{port}/sms"
    stand_in = Carrier(Account.demonstration(STAND_INS, url))
    with serving(stand_in, LOOPBACK, 0) as api:
        environment = {
            **town.environment,
            "TIPLINE_TWILIO_ACCOUNT_SID": stand_in.account.sid,
            "TIPLINE_TWILIO_AUTH_TOKEN": STAND_INS,
            "TIPLINE_TWILIO_URL": api,
            "TIPLINE_TWILIO_STAND_IN": "1",
            "TIPLINE_SMS_URL": url,
            "TIPLINE_SMS_PORT": str(port),
        }
        log = town.log.with_name("stand-in.log")
        door = SmsDoor(environment, log, stand_in, town.database, town.agency_key)
        door.start()
        try:
            yield door
        finally:
            door.stop()


def workers(door: SmsDoor) -> int:
    """How many processes listen to the queue."""
    return int(door.rows("SELECT count(*) FROM procrastinate_workers")[0][0])


def erins(door: SmsDoor) -> tuple[UUID, UUID]:
    """Who erin is to the vault, and her tip."""
    ((texter, tip),) = door.rows(
        "SELECT texter_id, tip_id FROM texted_tip JOIN texter ON texter_id = texter.id"
        " WHERE mark = %s", door.keys.mark(ERIN),
    )  # fmt: skip
    return texter, tip


def queue(door: SmsDoor, said: str) -> None:
    """Queue a text to erin, with its job, as anybody does who answers."""
    public = TextingSettings.from_env(door.environment).public_key
    texter, tip = erins(door)
    with door.database.as_role("sms") as conn:
        outgoing.queue(conn, texter, tip, "link", said.encode(), public)


def queue_fetch(door: SmsDoor) -> None:
    """Note a message of erin's that has a file, with its job, as the door does that takes one in."""
    once = secrets.token_bytes(32)
    texter, tip = erins(door)
    with door.database.as_role("sms") as conn:
        incoming.note(conn, once, "MM" + "4" * 32, "webhook")
        incoming.place(conn, once, texter, tip, announced=1)
        conn.execute("SELECT enqueue_text('fetch', %s, NULL)", [once.hex()])


def test_no_text_of_an_account_ends_at_another_host_s_stand_in(town: Town) -> None:
    with host_without_account(town) as other:
        other.carrier.text(FRANK, "A red car")
        assert "9 words" in other.shown_on(FRANK)[0], "where there is no account at all, the stand-in serves"
        with town.door() as ours:
            town.carrier.text(ERIN, "A blue car")
            assert "9 words" in ours.shown_on(ERIN)[0]
            eventually(lambda: "(account_elsewhere)" in other.log.read_text(), "the other stands aside")
            eventually(lambda: workers(ours) == 1, "the other listens to the queue no more")
            queue(ours, "Please send it")
            assert ours.shown_on(ERIN, 2)[1] == "Please send it"
            form = {
                "MessageSid": "SM" + "1" * 32, "AccountSid": other.carrier.account.sid, "From": FRANK,
                "Body": "A green car", "NumMedia": "0",
            }  # fmt: skip
            url = f"{other.url}/sms"
            signed = RequestValidator(STAND_INS).compute_signature(url, form)
            refused = httpx.post(url, data=form, headers={"X-Twilio-Signature": signed})
            assert (refused.status_code, refused.json()["code"]) == (503, "account_elsewhere")
        # The host with the account is away: texts wait, whoever else is there, and the operator is told.
        eventually(lambda: workers(other) == 0, "nobody listens to the queue")
        queue(other, "Are you there?")
        queue_fetch(other)
        jobs = "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY task_name"
        assert other.rows(jobs) == [("fetch", "todo"), ("send", "todo")]
        with town.database.as_role("operator") as conn:
            counted = reconciliation(conn)
            now = datetime.now(UTC)
            assert not [says for says in faults_of(counted, now, timedelta(days=1)) if "account" in says]
            later = now + timedelta(minutes=10)
            (says,) = faults_of(counted, later, timedelta(days=1))
            assert says.startswith(
                "1 texts wait to go out and 1 to have their files fetched, and no SMS door"
            )
            found = [one for one in records.texts_arrive(conn, later) if one.says == says]
            assert "TIPLINE_TWILIO_*" in found[0].do
        with town.door() as ours:
            assert ours.shown_on(ERIN, 3)[2] == "Are you there?"
            eventually(lambda: ours.rows("SELECT 1 FROM text_in WHERE attempts > 0"), "the file is asked for")
    assert other.carrier.shown_on(ERIN) == []
    assert len(ours.tips()) == 2


def test_a_stand_in_neither_sends_nor_fetches_once_there_is_an_account(new_errand: NewErrand) -> None:
    """A job may reach it in the moment before it knows."""
    ours, other = new_errand(), new_errand(TIPLINE_TWILIO_STAND_IN="1")
    photo = Incoming("MM" + "2" * 32, ERIN, "", files=1)
    ours.take(photo)
    before = ours.rows("SELECT state, attempts FROM text_out UNION ALL SELECT state, attempts FROM text_in")
    (out_id,), (once,) = ours.rows("SELECT id FROM text_out")[0], ours.rows("SELECT once FROM text_in")[0]
    for deed in (
        lambda: other.sender.send(out_id),
        lambda: Fetcher(other.settings, other.pool, other.twilio).fetch(once),
        lambda: other.take(Incoming("SM" + "3" * 32, FRANK, "A red car", files=0)),
    ):
        with pytest.raises(Unavailable) as refused:
            deed()
        assert refused.value.code == "account_elsewhere"
    assert sorted(before) == [("files", 0), ("queued", 0)]
    assert before == ours.rows(
        "SELECT state, attempts FROM text_out UNION ALL SELECT state, attempts FROM text_in"
    )
    with ours.pool.connection() as conn:
        assert carrier.seen_at(conn)


def test_a_reading_in_which_a_door_loses_its_standing_counts_for_nothing(new_errand: NewErrand) -> None:
    """Neither the list is noted as read, nor what it could not take in as missing."""
    left_behind = new_errand()
    told = left_behind.settings.vault
    new = VaultKeys(secrets.token_bytes(32), secrets.token_bytes(32), (told.sealing,), (told.marking,))
    left_behind.take(Incoming("SM" + "4" * 32, FRANK, "A red car", files=0))
    left_behind.carrier.text(ERIN, "A blue car")
    with left_behind.pool.connection() as conn:
        succeed(conn, new)
    with pytest.raises(Unavailable) as refused:
        Poller(left_behind.settings, left_behind.pool, left_behind.twilio).poll()
    assert refused.value.code == "another_key"
    assert left_behind.rows("SELECT 1 FROM text_poll UNION ALL SELECT 1 FROM text_unread") == []
    ours = replace(left_behind.settings, vault=new)
    assert Poller(ours, left_behind.pool, left_behind.twilio).poll() == 1


def test_new_keys_are_taken_up_while_texts_come_and_go(town: Town) -> None:
    """Erin's number opens by old and new key; frank's STOP is remembered; a door left behind stands aside."""
    names = ("TIPLINE_VAULT_KEY", "TIPLINE_NUMBER_KEY")
    new = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in names}
    both = {name: f"{new[name]},{town.environment[name]}" for name in names}
    with town.door() as door:
        for phone, said, count in ((ERIN, "A red car", 1), (FRANK, "A blue car", 1), (FRANK, "STOP", 2)):
            town.carrier.text(phone, said)
            door.shown_on(phone, count)
        known = door.rows("SELECT id, handle FROM texter ORDER BY id")
    with town.door(**both) as door:
        left = "SELECT what, left_over FROM text_key ORDER BY what"
        eventually(lambda: door.rows(left) == [("number", 1), ("vault", 0)], "erin's is renewed")
        town.carrier.text(FRANK, "It went north")
        eventually(lambda: len(door.rows("SELECT 1 FROM text_in")) == 4, "frank's text")
        assert door.rows("SELECT id, handle FROM texter ORDER BY id") == known
        assert len(town.carrier.shown_on(FRANK)) == 2, "nothing after STOP"
    with town.door(**new) as door:
        queue(door, "Please send it")
        assert door.shown_on(ERIN, 2)[1] == "Please send it"
    with town.door() as behind:
        eventually(lambda: "(another_key)" in behind.log.read_text(), "it stands aside")
        town.carrier.text(ERIN, "Again")
        with town.database.as_role("operator") as conn:
            (says,) = faults_of_keys(keys_in_use(conn), datetime.now(UTC))
        assert "other keys" in says
        assert behind.rows("SELECT id, handle FROM texter ORDER BY id") == known
