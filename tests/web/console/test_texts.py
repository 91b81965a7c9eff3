"""A tip that came by text: staff see a handle, their answer goes out by text, and they see how far it is."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from nacl.public import PrivateKey

from evidence import vault
from evidence.seal import open_sealed, public_key_of
from evidence.texting import incoming, outgoing
from evidence.thread import Receipt, once_of, write_by_text
from evidence.tips.door import open_texted_tip
from evidence.vault import Texter, VaultKeys
from tests.web.console.conftest import Running
from tests.web.console.town import Town
from web.console.settings import ConsoleSettings
from web.console.texts import text_words

DOOR = bytes(PrivateKey.generate())
ERIN = "+16015550123"


@pytest.fixture
def settings(settings: ConsoleSettings) -> ConsoleSettings:
    return replace(settings, texting_public_key=public_key_of(DOOR))


def texted(town: Town) -> tuple[UUID, Texter]:
    with town.database.as_role("sms") as conn:
        keys = VaultKeys(bytes(32), bytes(32))
        erin = vault.recognise(conn, keys, ERIN, language="en", lives=timedelta(days=1))
        tip_id = open_texted_tip(
            conn, "A red car", language="en", agency_public_key=public_key_of(town.agency_key),
            receipt=Receipt.new(),
        )  # fmt: skip
        incoming.begin_tip(conn, erin.id, tip_id)
    return tip_id, erin


def test_an_answer_goes_out_by_text_once_and_its_way_is_seen(running: Running) -> None:
    town, client = running.town, running.signed_in()
    tip_id, erin = texted(town)
    for _ in range(2):
        client.post(f"/tips/{tip_id}/messages", data={"text": "Which way did it go?", "seen": "1"})
    with town.database.as_role("sms") as conn:
        (out_id,) = outgoing.due(conn)
        claimed = outgoing.claim(conn, out_id)
        assert claimed
        assert open_sealed(DOOR, claimed.sealed) == b"Which way did it go?"
        write_by_text(
            conn,
            tip_id,
            "It went north",
            agency_public_key=public_key_of(town.agency_key),
            once=once_of("SM1"),
        )
    page = client.get(f"/tips/{tip_id}").text
    assert erin.name in page
    assert ERIN not in page
    assert "Text waits to be sent" in page
    with town.database.as_role("sms") as conn:
        outgoing.taken(conn, out_id, "SM" + "0" * 32)
    assert "Text sent" in client.get(f"/tips/{tip_id}").text
    with town.database.as_role("sms") as conn:
        outgoing.undelivered(conn, out_id, "SM" + "0" * 32, "carrier_30003")
    assert "Text not delivered: the phone is off or out of reach" in client.get(f"/tips/{tip_id}").text


def test_after_stop_staff_are_told_and_nothing_is_queued(running: Running) -> None:
    town, client = running.town, running.signed_in()
    tip_id, erin = texted(town)
    with town.database.as_role("sms") as conn:
        vault.stop(conn, erin.id)
    client.post(f"/tips/{tip_id}/messages", data={"text": "Which way?", "seen": "1"})
    assert "Not texted: they said STOP" in client.get(f"/tips/{tip_id}").text
    with town.database.as_role("sms") as conn:
        assert outgoing.due(conn) == []


def test_a_tip_from_the_web_is_answered_there_alone(running: Running) -> None:
    town, client = running.town, running.signed_in()
    tip_id = town.tip("A red car")
    client.post(f"/tips/{tip_id}/messages", data={"text": "Which way?", "seen": "1"})
    page = client.get(f"/tips/{tip_id}").text
    assert "Sent, not opened yet" in page
    assert "Tipster" not in page


def test_a_reason_nobody_worded_is_shown_by_its_code() -> None:
    assert text_words("failed", "carrier_30999") == "Text not delivered: the carrier answered with code 30999"
    assert text_words("delivered", None) == "Text delivered"


def test_staff_see_that_a_text_is_sent_again() -> None:
    said = "Text not delivered yet: the phone is off or out of reach; it is sent again"
    assert text_words("queued", "carrier_30003") == said
