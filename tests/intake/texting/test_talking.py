"""A phone texts: what becomes of it, and what the phone shows."""

import re

from evidence.thread import Receipt
from evidence.tips.door import mailbox
from evidence.vault import number_of
from tests.intake.texting.conftest import ERIN, FRANK, SmsDoor, Town
from tests.waiting import eventually


def words_in(text: str) -> Receipt:
    found = re.search(r"/r : ([a-z -]+)\.", text)
    assert found, text
    return Receipt.from_words(found[1])


def test_the_first_text_opens_a_tip_and_its_answer_holds_the_nine_words(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "A red car hit the fence on Oak Ave")
    (answer,) = door.shown_on(ERIN)
    assert answer.startswith("In danger? Call 911.")
    assert re.search(r"https://tips\.city\.example/u/[0-9A-Z]{16}", answer)
    receipt = words_in(answer)
    (tip,) = door.tips()
    assert [text.what for text in door.texts_of(tip)] == ["A red car hit the fence on Oak Ave"]
    with door.database.as_role("intake") as conn:
        box = mailbox(conn, receipt.lookup)
    assert box is not None
    assert box.tip_id == tip
    eventually(lambda: door.rows("SELECT 1 FROM text_out WHERE state = 'delivered'"), "a callback")
    assert door.rows("SELECT sealed FROM text_out") == [(None,)]


def test_the_next_text_continues_it_and_another_phone_opens_another(door: SmsDoor) -> None:
    north = "It went north \N{POLICE CAR}, por la señal & más\n+ 100%"
    door.carrier.text(ERIN, "A red car")
    door.carrier.text(ERIN, north)
    door.carrier.text(FRANK, "Somebody broke a window")
    eventually(lambda: len(door.tips()) == 2, "two tips")
    first, second = door.tips()
    assert [text.what for text in door.texts_of(first)] == ["A red car", north]
    assert [text.what for text in door.texts_of(second)] == ["Somebody broke a window"]
    door.shown_on(FRANK)
    assert len(door.shown_on(ERIN)) == 1, "one answer an hour"


def test_a_closed_tip_is_not_continued(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "A red car")
    eventually(door.tips, "a tip")
    with door.database.as_admin() as conn:
        conn.execute("UPDATE tip SET state = 'closed', closed_reason = 'resolved'")
    door.carrier.text(ERIN, "Something else")
    eventually(lambda: len(door.tips()) == 2, "another tip")
    assert [text.what for text in door.texts_of(door.tips()[1])] == ["Something else"]


def test_spanish_is_answered_in_spanish(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "Vi a un hombre con una pistola en la calle")
    assert door.shown_on(ERIN)[0].startswith("¿En peligro? Llame al 911.")
    assert door.rows("SELECT language FROM tip") == [("es",)]


def test_stop_destroys_the_number_is_confirmed_once_and_the_words_still_open_the_tip(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "A red car")
    receipt = words_in(door.shown_on(ERIN)[0])
    door.carrier.text(ERIN, "Stop texting me, please!")
    answer = door.shown_on(ERIN, 2)[1]
    assert "9 words still open your tip" in answer
    ((texter, sealed, mark),) = door.rows("SELECT id, sealed, mark FROM texter")
    assert sealed is None
    assert mark == door.keys.mark(ERIN)
    for text in ("STOP", "stop", "It went north"):
        door.carrier.text(ERIN, text)
    eventually(lambda: door.rows("SELECT count(*) FROM text_in") == [(5,)], "all texts are in")
    (tip,) = door.tips()
    assert [text.what for text in door.texts_of(tip)] == ["A red car", "It went north"], "intake never stops"
    with door.database.as_role("intake") as conn:
        box = mailbox(conn, receipt.lookup)
    assert box is not None
    assert len(box.messages) == 2
    eventually(lambda: not door.rows("SELECT 1 FROM text_out WHERE state IN ('queued', 'sending')"), "sent")
    assert len(door.carrier.shown_on(ERIN)) == 2, "one confirmation, and nothing after it"
    with door.database.as_role("sms") as conn:
        assert number_of(conn, door.keys, texter) is None


def test_start_after_stop_keeps_the_number_again(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "STOP")
    door.shown_on(ERIN)
    door.carrier.text(ERIN, "start")
    assert "will text you again" in door.shown_on(ERIN, 2)[1]
    assert door.tips() == []
    ((texter,),) = door.rows("SELECT id FROM texter")
    with door.database.as_role("sms") as conn:
        assert number_of(conn, door.keys, texter) == ERIN


def test_help_is_answered_even_after_stop_once_an_hour_and_brings_no_number_back(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "A red car")
    door.shown_on(ERIN, 1)  # an answer that still waited would go with the number
    door.carrier.text(ERIN, "STOP")
    for _ in range(2):
        door.carrier.text(ERIN, "HELP")
    shown = door.shown_on(ERIN, 3)
    assert shown[2].startswith("Real-Time Crime Center tip line. In danger? Call 911.")
    assert "You said STOP" in shown[2]
    eventually(lambda: door.rows("SELECT count(*) FROM text_in") == [(4,)], "all texts are in")
    assert door.rows("SELECT sealed, stopped_at IS NOT NULL FROM texter") == [(None, True)]
    assert door.rows("SELECT kind, count(*) FROM text_out GROUP BY kind ORDER BY kind") == [
        ("help_stopped", 1), ("receipt", 1), ("stopped", 1),
    ]  # fmt: skip
    assert door.rows("SELECT 1 FROM text_out WHERE kind <> 'receipt' AND sealed IS NOT NULL") == []


def test_start_beside_a_file_is_obeyed_and_the_file_is_taken_in(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "STOP")
    door.shown_on(ERIN)
    door.carrier.text(ERIN, "START", [("image/jpeg", b"jpeg")])
    assert "Keep these 9 words" in door.shown_on(ERIN, 2)[1]
    assert door.rows("SELECT sealed IS NOT NULL, stopped_at FROM texter") == [(True, None)]
    assert len(door.tips()) == 1


def test_help_says_where_to_turn_and_opens_nothing(door: SmsDoor) -> None:
    door.carrier.text(ERIN, "AYUDA")
    assert "Llame al 911" in door.shown_on(ERIN)[0]
    assert door.tips() == []


def test_a_country_that_nobody_named_is_taken_in_and_never_answered(town: Town) -> None:
    with town.door(TIPLINE_SMS_COUNTRIES="US, CA") as door:
        for number in ("+18765550123", "+447911123456", "+12345678"):
            door.carrier.text(number, f"from {number}")
        door.carrier.text("+14165550123", "from Toronto")
        door.shown_on("+14165550123")
        assert len(door.tips()) == 4
        assert len(door.rows("SELECT 1 FROM text_out")) == 1
