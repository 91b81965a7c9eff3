"""The carrier's list: what it finds, and what it leaves there."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from evidence.seal import open_sealed
from evidence.texting import incoming
from evidence.texting.reconciled import Reconciliation, reconciliation
from evidence.thread import TipText
from intake.texting.polling import Poller
from intake.texting.twilio import CarrierError
from tests.intake.texting.conftest import ERIN, FRANK, Errand, NewErrand, Town
from tests.waiting import eventually
from tipline.carrier import Carrier
from tipline.up.ports import LOOPBACK, free_ports


class Clock:
    """A day that a test walks through."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def walk(self, **step: int) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock(town: Town) -> Clock:
    clock = Clock()
    town.carrier.clock = clock
    return clock


def poller(errand: Errand, clock: Clock) -> Poller:
    return Poller(errand.settings, errand.pool, errand.twilio, clock)


def in_threads(errand: Errand) -> Counter[str]:
    """How often each text stands in a thread, by the agency's key."""
    key = errand.agency_key
    sealed = errand.rows("SELECT sealed_agency FROM message ORDER BY tip_id, sequence")
    return Counter(TipText.from_bytes(open_sealed(key, bytes(one))).what for (one,) in sealed)


def test_twilio_away_for_an_hour_loses_nothing_and_doubles_nothing(errand: Errand, clock: Clock) -> None:
    """Thirty phones go on texting. Some webhooks come late, some twice, some never; all API calls fail."""
    look, chance = poller(errand, clock), random.Random(5)
    carrier: Carrier = errand.carrier
    look.poll()
    carrier.down = True
    sent, late = [], []
    for minute in range(60):
        clock.walk(minutes=1)
        for _ in range(3):
            phone = f"+1601555{chance.randrange(30):04}"
            message = carrier.text(phone, f"text {len(sent)}")
            sent.append(message)
            if chance.random() < 0.3:
                late.append(message)
        if minute % 5 == 0:
            with pytest.raises(CarrierError):
                look.poll()
            errand.send_all()
    carrier.down = False
    told = sum(errand.told(message) for message in chance.sample(late + late, len(late)))
    missed = look.poll()
    assert missed == len(sent) - told
    for message in late:
        assert not errand.told(message), "a webhook that comes even later tells nothing new"
    clock.walk(minutes=5)
    assert look.poll() == 0
    assert in_threads(errand) == Counter(message.body for message in sent)
    phones = {message.sender for message in sent}
    assert len(errand.rows("SELECT 1 FROM tip")) == len(phones)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET due_at = clock_timestamp() WHERE state = 'queued'")
    errand.send_all()
    for phone in phones:
        eventually(lambda phone=phone: carrier.shown_on(phone), "an answer")  # type: ignore[misc]
        assert len(carrier.shown_on(phone)) == 1
    assert errand.rows("SELECT state FROM text_out WHERE state NOT IN ('sent', 'delivered')") == []


def test_a_reading_that_breaks_off_is_begun_again_where_it_began(errand: Errand, clock: Clock) -> None:
    look = poller(errand, clock)
    look.poll()
    for number in range(5):
        clock.walk(minutes=10)
        errand.carrier.text(ERIN, f"text {number}")
        errand.carrier.down = True
        with pytest.raises(CarrierError):
            look.poll()
        errand.carrier.down = False
    assert look.poll() == 5


def test_what_was_told_and_found_is_deleted_at_the_carrier(errand: Errand, clock: Clock) -> None:
    look = replace(poller(errand, clock), clock=lambda: datetime.now(UTC))
    clock.now = datetime.now(UTC)
    errand.told(errand.carrier.text(ERIN, "A red car"))
    errand.send_all()
    eventually(lambda: errand.carrier.shown_on(ERIN), "the answer")
    assert look.poll() == 0
    eventually(lambda: look.poll() == 0 and errand.carrier.newest_first() == [], "all of it is deleted")
    assert errand.rows("SELECT sid, state FROM text_in") == [(None, "done")]
    assert errand.rows("SELECT sid, state FROM text_out") == [(None, "delivered")], "heard without a callback"
    assert errand.carrier.shown_on(ERIN), "on the phone it stays"


def test_an_installation_begins_with_what_is_sent_to_it_from_then_on(errand: Errand, clock: Clock) -> None:
    errand.carrier.text(ERIN, "long ago")
    clock.walk(hours=2)
    errand.carrier.text(ERIN, "now")
    assert poller(errand, clock).poll() == 1
    assert in_threads(errand) == Counter(["now"])


def test_stop_that_no_webhook_told_is_heard(errand: Errand, clock: Clock) -> None:
    errand.carrier.text(ERIN, "A red car")
    errand.carrier.text(ERIN, "STOP")
    poller(errand, clock).poll()
    assert errand.rows("SELECT sealed, stopped_at IS NOT NULL FROM texter") == [(None, True)]
    assert errand.rows("SELECT state FROM text_out WHERE kind = 'receipt'") == [("stopped",)]


def test_a_start_that_is_found_late_does_not_undo_a_later_stop(errand: Errand, clock: Clock) -> None:
    look = replace(poller(errand, clock), clock=lambda: datetime.now(UTC))
    clock.now = datetime.now(UTC)
    errand.carrier.text(ERIN, "START")
    errand.told(errand.carrier.text(ERIN, "STOP"))
    assert look.poll() == 1
    assert errand.rows("SELECT sealed, stopped_at IS NOT NULL FROM texter") == [(None, True)]
    clock.walk(minutes=1)
    errand.carrier.text(ERIN, "START")
    assert look.poll() == 1
    assert errand.rows("SELECT sealed IS NULL, stopped_at FROM texter") == [(False, None)]


def test_what_was_sent_to_another_number_of_the_account_is_nobody_s_business(
    errand: Errand, clock: Clock
) -> None:
    message = errand.carrier.text(ERIN, "for the water company")
    message.to = "+16015550111"
    assert poller(errand, clock).poll() == 0
    assert errand.rows("SELECT 1 FROM text_in") == []


def test_a_message_that_cannot_be_taken_in_holds_up_no_other(errand: Errand, clock: Clock) -> None:
    look = poller(errand, clock)
    look.poll()
    poison(errand)
    for number in range(3):
        clock.walk(hours=1)
        errand.carrier.text(ERIN, f"text {number}")
        assert look.poll() == 1
    assert errand.rows("SELECT code FROM text_unread") == [("CheckViolation",)]
    assert counted(errand).gaps == 1
    assert errand.rows("SELECT read_until FROM text_poll") == [(clock(),)], "the window moves"
    with errand.database.as_admin() as conn:
        conn.execute("ALTER TABLE texter DROP CONSTRAINT poison")
    assert look.poll() == 1, "it was looked for all the while"
    assert counted(errand).gaps == 0


def poison(errand: Errand) -> None:
    """A text that the database does not take."""
    with errand.database.as_admin() as conn:
        conn.execute("ALTER TABLE texter ADD CONSTRAINT poison CHECK (language <> 'es')")
    errand.carrier.text(FRANK, "el hombre de la calle")


def counted(errand: Errand) -> Reconciliation:
    with errand.database.as_role("operator") as conn:
        return reconciliation(conn)


def test_whoever_has_a_long_name_is_taken_in_and_never_answered(errand: Errand, clock: Clock) -> None:
    errand.carrier.text(ERIN, "from nowhere").sender = "rcs:" + "x" * 200
    assert poller(errand, clock).poll() == 1
    assert errand.rows("SELECT 1 FROM text_out") == []
    assert counted(errand).gaps == 0


def test_a_message_that_cannot_be_taken_in_keeps_no_other_at_the_carrier(
    errand: Errand, clock: Clock
) -> None:
    look = replace(poller(errand, clock), clock=lambda: datetime.now(UTC))
    clock.now = datetime.now(UTC)
    poison(errand)
    errand.told(errand.carrier.text(ERIN, "A red car"))
    look.poll()
    assert [text.body for text in errand.carrier.newest_first()] == ["el hombre de la calle"]


def test_what_was_told_found_settled_and_is_missing_is_counted_also_after_its_rows_are_gone(
    errand: Errand, clock: Clock
) -> None:
    look = replace(poller(errand, clock), clock=lambda: datetime.now(UTC))
    assert counted(errand).age(datetime.now(UTC)) is None, "never read is no age"
    clock.now = datetime.now(UTC)
    told = errand.carrier.text(ERIN, "A red car")
    errand.told(told)
    errand.carrier.text(FRANK, "It went north")
    assert look.poll() == 1
    look.poll()
    kept = counted(errand)
    assert (kept.told, kept.found, kept.settled, kept.open, kept.gaps, kept.readings) == (1, 1, 2, 0, 0, 2)
    assert (kept.waiting, kept.words_waiting) == (2, 2)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET at = at - interval '31 days'")
    with errand.pool.connection() as conn:
        assert incoming.expire(conn, datetime.now(UTC) - timedelta(days=30)) == 2
    assert errand.rows("SELECT 1 FROM text_in") == []
    assert replace(counted(errand), oldest_waiting=None) == replace(kept, oldest_waiting=None)
    assert not errand.told(told), "a webhook that is replayed after that tells nothing new"


def test_metrics_say_what_was_found_how_old_the_list_is_and_nothing_of_anybody(town: Town) -> None:
    port = free_ports(["metrics"])["metrics"]
    with town.door(TIPLINE_SMS_METRICS_PORT=str(port), TIPLINE_SMS_POLL_SECONDS="1") as door:
        door.carrier.silent = True
        door.carrier.text(ERIN, "A red car")
        eventually(door.tips, "the list is read")
        door.carrier.silent = False
        door.carrier.text(FRANK, "It went north")
        told = 'tipline_texts_total{by="webhook"} 1.0'
        scraped = eventually(lambda: told in (said := scrape(port)) and said, "both are counted")
    for line in ('tipline_texts_total{by="list"} 1.0', "tipline_texts_gaps 0.0", "tipline_database_up 1.0"):
        assert line in scraped
    assert "tipline_texts_list_age_seconds " in scraped
    assert ERIN[1:] not in scraped


def scrape(port: int) -> str:
    return httpx.get(f"http://{LOOPBACK}:{port}/metrics").text


def test_our_own_number_is_never_answered(new_errand: NewErrand, clock: Clock) -> None:
    errand = new_errand()
    errand.carrier.text(errand.settings.account.number, "an echo")
    poller(errand, clock).poll()
    assert errand.rows("SELECT 1 FROM text_out") == []
