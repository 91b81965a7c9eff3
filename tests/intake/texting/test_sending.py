"""What goes out: staff words and automatic answers, tried again as the carrier says, and never twice."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from evidence import texting
from evidence.errors import SettingsError
from evidence.texting import Progress, outgoing
from evidence.texting.segments import fits_gsm
from intake.texting import statuses
from intake.texting.hours import QuietHours
from intake.texting.permanence import Fate, fate_of
from intake.texting.polling import Poller
from intake.texting.replies import LANGUAGES, Replies
from tests.intake.texting.conftest import ERIN, Errand, NewErrand
from tests.waiting import eventually
from tipline.carrier.message import FINAL, Message
from tipline.carrier.refusals import RefusedError


def tip_of_erin(errand: Errand) -> UUID:
    """A tip that came by text, its answer sent."""
    errand.told(errand.carrier.text(ERIN, "A red car"))
    errand.send_all()
    eventually(lambda: errand.carrier.shown_on(ERIN), "the answer")
    ((tip_id,),) = errand.rows("SELECT id FROM tip")
    return UUID(str(tip_id))


def staff_write(
    errand: Errand, tip_id: UUID, text: str = "Do you have the longer clip?", sequence: int = 2
) -> bool:
    with errand.database.as_role("console") as conn:
        return texting.send(conn, tip_id, sequence, text, door_key=errand.settings.public_key)


def progress(errand: Errand, tip_id: UUID) -> Progress:
    with errand.database.as_role("console") as conn:
        return texting.progress(conn, tip_id)[2]


def test_what_staff_write_reaches_the_phone_and_its_words_are_gone(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    assert staff_write(errand, tip_id)
    assert staff_write(errand, tip_id), "asked twice, it is one text"
    assert progress(errand, tip_id).state == "queued"
    errand.send_all()
    eventually(lambda: len(errand.carrier.shown_on(ERIN)) == 2, "the text")
    assert errand.carrier.shown_on(ERIN)[1].body == "Do you have the longer clip?"
    assert progress(errand, tip_id).state == "sent"
    hear_of_sent(errand)
    assert progress(errand, tip_id).state == "delivered"
    assert errand.rows("SELECT count(*) FROM text_out WHERE sealed IS NOT NULL") == [(0,)]


def hear_of_sent(errand: Errand) -> None:
    """What a callback would have told, which the list does as well."""
    eventually(lambda: not unfinished(errand), "the carrier is done")
    Poller(errand.settings, errand.pool, errand.twilio).poll()


def unfinished(errand: Errand) -> list[Message]:
    return [message for message in errand.carrier.newest_first() if message.status not in FINAL]


def test_a_text_that_did_not_arrive_is_sent_anew_and_the_try_before_is_deleted_there(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    errand.carrier.fail(ERIN, 30003)
    staff_write(errand, tip_id)
    errand.send_all()
    ((out_id, sid),) = errand.rows("SELECT id, sid FROM text_out WHERE kind = 'staff'")
    hear_of_sent(errand)
    seen = progress(errand, tip_id)
    assert (seen.state, seen.reason) == ("queued", "carrier_30003")
    assert [text.body for text in errand.carrier.newest_first() if not text.inbound] == []
    errand.send_all()
    assert progress(errand, tip_id).state == "queued", "not at once"
    with errand.pool.connection() as conn:
        for late in ("undelivered", "delivered"):
            statuses.apply(conn, out_id, sid, late, 30003)
    errand.carrier.arrive(ERIN)
    make_due(errand)
    errand.send_all()
    eventually(lambda: len(errand.carrier.shown_on(ERIN)) == 2, "the text")
    hear_of_sent(errand)
    assert progress(errand, tip_id).state == "delivered"
    assert errand.rows("SELECT 1 FROM text_leftover") == []


@pytest.mark.parametrize(("code", "tries"), [(30003, 4), (30008, 4), (30005, 1), (30007, 1)])
def test_what_never_arrives_is_given_up_and_staff_see_why(errand: Errand, code: int, tries: int) -> None:
    tip_id = tip_of_erin(errand)
    errand.carrier.fail(ERIN, code)
    staff_write(errand, tip_id)
    for _ in range(tries):
        assert progress(errand, tip_id).state == "queued"
        make_due(errand)
        errand.send_all()
        hear_of_sent(errand)
    seen = progress(errand, tip_id)
    assert (seen.state, seen.reason) == ("failed", f"carrier_{code}")
    assert errand.rows("SELECT sealed FROM text_out WHERE kind = 'staff'") == [(None,)]


def make_due(errand: Errand) -> None:
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET due_at = clock_timestamp() WHERE state = 'queued'")


def test_words_of_which_the_carrier_says_nothing_are_not_kept_for_ever(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    errand.send_all()
    with errand.pool.connection() as conn:
        outgoing.forget_unheard(conn, timedelta(hours=48))
        conn.execute("UPDATE text_out SET tried_at = tried_at - interval '49 hours' WHERE kind = 'staff'")
        outgoing.forget_unheard(conn, timedelta(hours=48))
    assert errand.rows("SELECT kind FROM text_out WHERE sealed IS NOT NULL") == [("receipt",)]


def test_what_is_said_to_one_phone_goes_out_in_that_order(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id, "first")
    staff_write(errand, tip_id, "second", sequence=3)
    with errand.pool.connection() as conn:
        older, newer = outgoing.due(conn)
    errand.sender.send(newer)
    with errand.pool.connection() as conn:
        assert outgoing.claim(conn, older)
        conn.execute("DELETE FROM procrastinate_jobs")
    errand.sender.send(newer)
    assert len(errand.rows("SELECT 1 FROM text_out WHERE state = 'queued'")) == 1
    with errand.pool.connection() as conn:
        outgoing.put_off(conn, older, datetime.now(UTC) + timedelta(hours=1), "carrier_away")
    errand.sender.send(newer)
    assert len(errand.rows("SELECT 1 FROM text_out WHERE state = 'queued'")) == 2
    make_due(errand)
    errand.sender.send(older)
    assert errand.rows("SELECT args ->> 'text' FROM procrastinate_jobs") == [(str(newer),)]
    errand.sender.send(newer)
    shown = eventually(lambda: errand.carrier.shown_on(ERIN)[2:] and errand.carrier.shown_on(ERIN))
    assert [text.body for text in shown[1:]] == ["first", "second"]


def test_what_waits_for_the_morning_holds_back_no_answer(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    with errand.pool.connection() as conn:
        (staff,) = outgoing.due(conn)
        outgoing.claim(conn, staff)
        outgoing.put_off(conn, staff, datetime.now(UTC) + timedelta(hours=9), "quiet_hours")
    errand.told(errand.carrier.text(ERIN, "HELP"))
    errand.send_all()
    assert errand.rows("SELECT state FROM text_out WHERE kind = 'help'") == [("sent",)]


def test_what_is_too_long_for_a_text_says_where_the_rest_is(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id, "word " * 1000)
    errand.send_all()
    shown = eventually(lambda: errand.carrier.shown_on(ERIN)[1:], "the text")[0].body
    assert len(shown) <= 1500
    assert shown.endswith("... https://tips.city.example/r")


def test_a_tip_that_nobody_texted_about_sends_nothing(errand: Errand) -> None:
    with errand.database.as_admin() as conn:
        (tip_id,) = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone() or ()
    assert not staff_write(errand, tip_id)
    with errand.database.as_role("console") as conn:
        assert texting.handle_of(conn, tip_id) is None


def test_staff_see_a_handle(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    with errand.database.as_role("console") as conn:
        handle = texting.handle_of(conn, tip_id)
    assert handle
    assert handle.startswith("Tipster ")


def test_after_stop_what_staff_write_waits_under_the_words_and_nothing_is_sent(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    errand.told(errand.carrier.text(ERIN, "STOP"))
    staff_write(errand, tip_id)
    assert progress(errand, tip_id).state == "stopped"
    errand.send_all()
    eventually(lambda: len(errand.carrier.shown_on(ERIN)) == 2, "the confirmation")
    assert "no more texts" in errand.carrier.shown_on(ERIN)[1].body


def test_stop_holds_back_what_was_queued_before_it(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    errand.told(errand.carrier.text(ERIN, "STOP"))
    assert progress(errand, tip_id).state == "stopped"
    assert errand.rows("SELECT sealed FROM text_out WHERE kind = 'staff'") == [(None,)]


def test_who_was_sent_no_words_is_told_of_none(errand: Errand) -> None:
    errand.told(errand.carrier.text(ERIN, "HELP"))
    errand.told(errand.carrier.text(ERIN, "A red car"))
    errand.told(errand.carrier.text(ERIN, "STOP"))
    errand.send_all()
    assert errand.rows("SELECT state FROM text_out WHERE kind = 'receipt'") == [("stopped",)]
    shown = eventually(lambda: errand.carrier.shown_on(ERIN), "the confirmation")
    assert "no more texts" in shown[0].body
    assert "9 words" not in shown[0].body


def test_stop_that_overtakes_a_text_leaves_it_known_to_be_at_the_carrier(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    with errand.pool.connection() as conn:
        (out_id,) = outgoing.due(conn)
        outgoing.claim(conn, out_id)
    errand.told(errand.carrier.text(ERIN, "STOP"))
    with errand.pool.connection() as conn:
        outgoing.taken(conn, out_id, "SM" + "0" * 32)
    assert progress(errand, tip_id).state == "stopped"
    assert errand.rows("SELECT sid FROM text_out WHERE id = %s", out_id) == [("SM" + "0" * 32,)]


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [(400, 21610, "stopped"), (400, 21211, "failed"), (400, 30034, "queued"), (429, 20429, "queued"),
     (503, 20503, "queued"), (401, 20003, "queued")],
)  # fmt: skip
def test_a_refusal_is_final_or_passes(errand: Errand, status: int, code: int, state: str) -> None:
    tip_id = tip_of_erin(errand)
    errand.carrier.refuse(ERIN, RefusedError(status, code, f"not to {ERIN}"))
    staff_write(errand, tip_id)
    errand.send_all()
    seen = progress(errand, tip_id)
    assert (seen.state, seen.reason) == (state, f"carrier_{code}")
    ((sealed, due_in),) = errand.rows(
        "SELECT sealed, due_at - clock_timestamp() FROM text_out WHERE kind = 'staff'"
    )
    assert (sealed is not None) == (state == "queued")
    if state == "queued":
        assert timedelta(0) < due_in <= timedelta(seconds=15)
    if state == "stopped":
        assert errand.rows("SELECT sealed FROM texter") == [(None,)], "the carrier's STOP is ours"


def test_a_text_that_nobody_takes_for_a_day_is_given_up(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    errand.carrier.down = True
    staff_write(errand, tip_id)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET at = at - interval '25 hours' WHERE kind = 'staff'")
    errand.send_all()
    assert progress(errand, tip_id).state == "failed"


def test_what_died_after_the_carrier_s_yes_is_found_there_and_not_sent_again(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    with errand.pool.connection() as conn:
        (out_id,) = outgoing.due(conn)
        assert outgoing.claim(conn, out_id)
        assert outgoing.claim(conn, out_id) is None, "nobody else takes it meanwhile"
    sent = errand.twilio.send(ERIN, "Do you have the longer clip?", "http://127.0.0.1:9/")
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET tried_at = tried_at - interval '91 seconds' WHERE kind = 'staff'")
    errand.send_all()
    assert errand.rows("SELECT sid, state FROM text_out WHERE kind = 'staff'") == [(sent.sid, "sent")]
    assert len([text for text in errand.carrier.newest_first() if not text.inbound]) == 2


def test_a_yes_of_the_carrier_that_was_lost_on_its_way_is_found_however_late(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id, "Thank you.\r\nDo you have the longer clip?")
    sent = errand.twilio.send(ERIN, "Thank you.\nDo you have the longer clip?", "http://127.0.0.1:9/")
    with errand.pool.connection() as conn:
        (out_id,) = outgoing.due(conn)
        assert outgoing.claim(conn, out_id)
        outgoing.put_off(conn, out_id, datetime.now(UTC), "carrier_away")
    errand.carrier.down = True
    errand.send_all()
    errand.carrier.down = False
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET due_at = clock_timestamp() WHERE kind = 'staff'")
    errand.send_all()
    assert errand.rows("SELECT sid, state FROM text_out WHERE kind = 'staff'") == [(sent.sid, "sent")]
    assert len([text for text in errand.carrier.newest_first() if not text.inbound]) == 2


def test_the_same_words_sent_before_are_not_taken_for_a_text_that_never_left(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id, "Thank you")
    errand.send_all()
    staff_write(errand, tip_id, "Thank you", sequence=3)
    with errand.pool.connection() as conn:
        (out_id,) = outgoing.due(conn)
        outgoing.claim(conn, out_id)
        outgoing.put_off(conn, out_id, datetime.now(UTC), "carrier_away")
    errand.send_all()
    assert errand.rows("SELECT state FROM text_out WHERE sequence = 3") == [("sent",)]
    assert len([text for text in errand.carrier.newest_first() if text.body == "Thank you"]) == 2


def test_what_died_before_the_carrier_heard_of_it_is_sent(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    with errand.pool.connection() as conn:
        (out_id,) = outgoing.due(conn)
        outgoing.claim(conn, out_id)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET tried_at = tried_at - interval '91 seconds' WHERE kind = 'staff'")
    errand.send_all()
    eventually(lambda: len(errand.carrier.shown_on(ERIN)) == 2, "the text")


def test_the_words_wait_for_the_next_hour_where_this_one_has_had_its_answer(errand: Errand) -> None:
    errand.told(errand.carrier.text(ERIN, "START"))
    errand.told(errand.carrier.text(ERIN, "A red car"))
    errand.told(errand.carrier.text(ERIN, "", [("image/jpeg", b"jpeg")]))
    errand.send_all()
    eventually(lambda: errand.carrier.shown_on(ERIN), "the answer to START")
    kinds = errand.rows(
        "SELECT kind, state, due_at > clock_timestamp() + interval '59 minutes' FROM text_out ORDER BY at"
    )
    assert kinds == [("started", "sent", False), ("receipt", "queued", True)]
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET due_at = clock_timestamp()")
    errand.send_all()
    eventually(lambda: len(errand.carrier.shown_on(ERIN)) == 2, "the words")


def test_stop_is_obeyed_beside_a_file_and_the_file_is_taken_in(errand: Errand) -> None:
    errand.told(errand.carrier.text(ERIN, "STOP", [("image/jpeg", b"jpeg")]))
    assert errand.rows("SELECT sealed FROM texter") == [(None,)]
    assert errand.rows("SELECT state FROM text_in") == [("files",)]
    assert errand.rows("SELECT kind FROM text_out") == [("stopped",)]
    errand.told(errand.carrier.text("+16015550124", "help", [("image/jpeg", b"jpeg")]))
    assert errand.rows("SELECT kind FROM text_out ORDER BY at") == [("stopped",), ("receipt",)]


def test_quiet_hours_hold_staff_s_texts_and_no_answer(new_errand: NewErrand) -> None:
    now = datetime.now(UTC)
    errand = new_errand(TIPLINE_SMS_QUIET_HOURS=f"{now.hour}-{(now.hour + 2) % 24}")
    tip_id = tip_of_erin(errand)
    staff_write(errand, tip_id)
    errand.send_all()
    seen = progress(errand, tip_id)
    assert (seen.state, seen.reason) == ("queued", "quiet_hours")
    ((due_at,),) = errand.rows("SELECT due_at FROM text_out WHERE kind = 'staff'")
    assert timedelta(0) < due_at - now <= timedelta(hours=2)


def test_a_number_whose_time_is_over_is_told_to_staff(errand: Errand) -> None:
    tip_id = tip_of_erin(errand)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE texter SET sealed = NULL, mark = NULL")
    staff_write(errand, tip_id)
    errand.send_all()
    assert progress(errand, tip_id).reason == "number_gone"


def test_pumped_texts_stop_at_the_cap_and_no_message_is_lost(new_errand: NewErrand) -> None:
    """Two hundred numbers text at once, as somebody does who earns by what is sent to them."""
    errand = new_errand(TIPLINE_SMS_DAILY_DOLLARS="1", TIPLINE_SMS_SEGMENT_MILLS="20")
    phones = [f"+1601555{number:04}" for number in range(1000, 1200)]
    for phone in phones:
        errand.told(errand.carrier.text(phone, "hello"))
    errand.send_all()
    ((spent,),) = errand.rows("SELECT mills FROM text_spend")
    ((cost,),) = errand.rows("SELECT min(mills) FROM text_out WHERE state = 'sent'")
    assert 1000 - cost < spent <= 1000
    assert errand.rows("SELECT count(*) FROM text_out WHERE state = 'sent'") == [(spent // cost,)]
    waiting = 200 - spent // cost
    kept = "SELECT count(*) FROM text_out WHERE reason = 'spend_cap' AND state = 'queued'"
    assert errand.rows(kept) == [(waiting,)], "their words are nowhere else"
    assert errand.rows(f"{kept} AND due_at > clock_timestamp() AND sealed IS NOT NULL") == [(waiting,)]
    assert errand.rows("SELECT count(*) FROM tip") == [(200,)]
    ((tip_id,),) = errand.rows("SELECT tip_id FROM text_out WHERE reason = 'spend_cap' ORDER BY at LIMIT 1")
    staff_write(errand, tip_id)
    errand.send_all()
    assert progress(errand, tip_id).state == "sent", "what staff write is no pumping"
    a_day_later(errand)
    errand.told(errand.carrier.text(ERIN, "hello"))
    make_due(errand)
    errand.send_all()
    assert errand.rows(kept) == [(waiting - 500 // cost,)], "what waited gets half of the next day's sum"
    assert errand.carrier.shown_on(ERIN) or eventually(lambda: errand.carrier.shown_on(ERIN), "an answer")


def a_day_later(errand: Errand) -> None:
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_spend SET day = day - 1")
        conn.execute("UPDATE text_out SET at = at - interval '1 day', due_at = due_at - interval '1 day'")


def test_words_that_wait_for_money_are_given_up_for_no_other_trouble(new_errand: NewErrand) -> None:
    errand = new_errand(TIPLINE_SMS_DAILY_DOLLARS="0")
    errand.told(errand.carrier.text(ERIN, "A red car"))
    errand.told(errand.carrier.text(ERIN, "", [("image/jpeg", b"jpeg")]))
    errand.send_all()
    assert errand.rows("SELECT state, reason FROM text_out") == [("queued", "spend_cap")]
    for _ in range(2):
        a_day_later(errand)
    errand = new_errand()
    errand.carrier.down = True
    make_due(errand)
    errand.send_all()
    assert errand.rows("SELECT state, reason FROM text_out") == [("queued", "carrier_20503")]
    errand.carrier.down = False
    make_due(errand)
    errand.send_all()
    assert "Keep these 9 words" in eventually(lambda: errand.carrier.shown_on(ERIN), "the words")[0].body


def test_every_answer_is_there_in_every_language_and_in_gsm_s_alphabet() -> None:
    say = Replies("Real-Time Crime Center", "911", "https://tips.city.example", 72)
    link = "https://tips.city.example/u/0123456789ABCDEF"
    for language in LANGUAGES:
        for text in (
            say.receipt(language, "a b c", link, shrunk=True),
            say.receipt(language, "a b c", link, shrunk=False),
            say.link(language, link, shrunk=True), say.stopped(language, words=True),
            say.stopped(language, words=False), say.started(language),
            say.help(language),
        ):  # fmt: skip
            assert fits_gsm(text), text
            assert "{" not in text
        assert "911" in say.receipt(language, "a b c", link, shrunk=False)[:40]
    assert say.help("xx") == say.help("en")


@pytest.mark.parametrize(
    ("hours", "here", "over"),
    [
        ("21-8", "2026-11-25T20:59", "2026-11-25T20:59"),
        ("21-8", "2026-11-25T21:00", "2026-11-26T08:00"),
        ("21-8", "2026-11-26T07:59", "2026-11-26T08:00"),
        ("21-8", "2026-11-26T08:00", "2026-11-26T08:00"),
        ("1-5", "2026-11-26T03:00", "2026-11-26T05:00"),
        ("off", "2026-11-26T03:00", "2026-11-26T03:00"),
    ],
)
def test_quiet_hours(hours: str, here: str, over: str) -> None:
    zone = ZoneInfo("America/Chicago")
    now = datetime.fromisoformat(here).replace(tzinfo=zone)
    assert QuietHours.read(hours, zone).over_at(now) == datetime.fromisoformat(over).replace(tzinfo=zone)


def test_quiet_hours_that_are_none_stop_the_start() -> None:
    for text in ("9pm-8am", "21-25", "21", "-"):
        with pytest.raises(SettingsError):
            QuietHours.read(text, ZoneInfo("UTC"))


def test_fates() -> None:
    assert fate_of(404, 20404) is Fate.NEVER
    assert fate_of(400, None) is Fate.NEVER
    assert fate_of(500, None) is Fate.LATER


def test_a_text_whose_number_no_key_opens_waits_and_goes_out_once_its_owner_texts_again(
    errand: Errand,
) -> None:
    """The vault-key is lost for good, and the operator has said so (docs/runbooks/keys.md)."""
    tip_id = tip_of_erin(errand)
    assert staff_write(errand, tip_id)
    with errand.database.as_admin() as conn:
        conn.execute("DELETE FROM text_key")
    other = replace(errand.settings.vault, sealing=secrets.token_bytes(32))
    without = replace(errand, settings=replace(errand.settings, vault=other))
    without.send_all()
    assert (progress(errand, tip_id).state, progress(errand, tip_id).reason) == ("queued", "another_key")
    with errand.pool.connection() as conn:
        assert outgoing.due(conn) == [], "it does not keep those behind it from their turn"
    without.told(errand.carrier.text(ERIN, "It went north"))
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET due_at = clock_timestamp() WHERE state = 'queued'")
    without.send_all()
    eventually(lambda: len(errand.carrier.shown_on(ERIN)) == 2, "the text")
    assert errand.carrier.shown_on(ERIN)[1].body == "Do you have the longer clip?"
