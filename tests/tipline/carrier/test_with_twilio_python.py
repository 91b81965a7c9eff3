"""The stand-in, driven by Twilio's own library: what works against it works against Twilio."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from twilio.request_validator import RequestValidator

from intake.texting.permanence import Fate
from intake.texting.twilio import CarrierError, Twilio
from tests.tipline.carrier.conftest import TOKEN
from tests.tipline.carrier.listener import Listener
from tests.waiting import eventually
from tipline.carrier import Account, Carrier, serving
from tipline.carrier.refusals import RefusedError
from tipline.up.ports import LOOPBACK

ERIN, FRANK = "+16015550123", "+16015550124"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def twilio(address: str, carrier: Carrier) -> Twilio:
    return Twilio(carrier.account.sid, TOKEN, carrier.account.number, address)


def test_a_text_is_delivered_and_each_step_is_told_under_a_signature(
    twilio: Twilio, carrier: Carrier, listener: Listener
) -> None:
    callback = listener.url + "/status"
    sent = twilio.send(ERIN, "Thank you.", callback)
    eventually(lambda: listener.statuses(sent.sid) == ["sending", "sent", "delivered"], "three callbacks")
    for form, signature in listener.heard:
        assert RequestValidator(TOKEN).validate(callback, form, signature)
        assert not RequestValidator("another").validate(callback, form, signature)
    assert [message.body for message in carrier.shown_on(ERIN)] == ["Thank you."]
    found = twilio.get(sent.sid)
    assert found is not None
    assert (found.status, found.inbound, found.body) == ("delivered", False, "Thank you.")


def test_a_phone_s_text_is_told_with_everything_twilio_says(
    carrier: Carrier, address: str, listener: Listener
) -> None:
    message = carrier.text(ERIN, "I saw it", [("image/png", b"png")])
    (form, signature) = eventually(lambda: listener.heard and listener.heard[0], "a webhook")
    assert RequestValidator(TOKEN).validate(listener.url, form, signature)
    assert form["MessageSid"] == message.sid
    assert (form["From"], form["To"], form["Body"]) == (ERIN, carrier.account.number, "I saw it")
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert form["MediaUrl0"].endswith(message.media[0].sid)


@pytest.mark.parametrize(("code", "fate"), [(21610, Fate.STOPPED), (21211, Fate.NEVER), (20429, Fate.LATER)])
def test_a_refusal_is_judged_and_says_nothing_of_the_number(
    twilio: Twilio, carrier: Carrier, code: int, fate: Fate
) -> None:
    carrier.refuse(ERIN, RefusedError(429 if code == 20429 else 400, code, f"No text to {ERIN}."))
    with pytest.raises(CarrierError) as caught:
        twilio.send(ERIN, "Thank you.", "http://127.0.0.1/")
    assert (caught.value.fate, caught.value.number) == (fate, code)
    assert ERIN not in repr(caught.value) + str(caught.value)
    assert caught.value.__suppress_context__


def test_the_list_goes_back_to_a_moment_and_page_by_page(listener: Listener) -> None:
    clock = iter(NOON + timedelta(minutes=minute) for minute in range(1000))
    carrier = Carrier(Account.demonstration(TOKEN, listener.url), lambda: next(clock))
    carrier.silent = True
    sent = [carrier.text(ERIN if n % 2 else FRANK, str(n)).sid for n in range(450)]
    with serving(carrier, LOOPBACK, 0) as address:
        twilio = Twilio(carrier.account.sid, TOKEN, carrier.account.number, address)
        assert [text.sid for text in twilio.texts(NOON)] == sent[::-1]
        assert [text.sid for text in twilio.texts(NOON + timedelta(minutes=440))] == sent[440:][::-1]
        first = next(twilio.texts(NOON))
    assert (first.sent_at, first.inbound, first.sender) == (NOON + timedelta(minutes=449), True, ERIN)


def test_media_and_messages_are_fetched_and_deleted(twilio: Twilio, carrier: Carrier) -> None:
    message = carrier.text(ERIN, "two", [("image/jpeg", b"one"), ("video/3gpp", b"two" * 100_000)])
    media = twilio.media_of(message.sid)
    assert [kind for _, kind in media] == ["image/jpeg", "video/3gpp"]
    film = BytesIO()
    assert twilio.download(message.sid, media[1][0], film, 300_000) == 300_000
    assert film.getvalue() == b"two" * 100_000
    with pytest.raises(CarrierError):
        twilio.download(message.sid, media[1][0], BytesIO(), 299_999)
    twilio.delete_medium(message.sid, media[0][0])
    twilio.delete_medium(message.sid, media[0][0])
    assert twilio.media_of(message.sid) == media[1:]
    twilio.delete(message.sid)
    twilio.delete(message.sid)
    assert twilio.get(message.sid) is None
    assert twilio.media_of(message.sid) == []


def test_a_list_that_is_not_there_is_no_empty_list_nor_is_a_text_sent_then(
    address: str, carrier: Carrier
) -> None:
    astray = Twilio(carrier.account.sid, TOKEN, carrier.account.number, f"{address}/astray")
    with pytest.raises(CarrierError):
        list(astray.texts(NOON))
    with pytest.raises(CarrierError):
        astray.send(ERIN, "Thank you.", "http://127.0.0.1/")


def test_a_carrier_that_is_away_passes(twilio: Twilio, carrier: Carrier) -> None:
    carrier.down = True
    with pytest.raises(CarrierError) as caught:
        list(twilio.texts(NOON))
    assert caught.value.fate is Fate.LATER
    nowhere = Twilio(carrier.account.sid, TOKEN, carrier.account.number, "http://127.0.0.1:9")
    with pytest.raises(CarrierError) as caught:
        nowhere.send(ERIN, "Thank you.", "http://127.0.0.1/")
    assert caught.value.fate is Fate.LATER


def test_what_does_not_arrive_is_told_with_its_code(
    twilio: Twilio, carrier: Carrier, listener: Listener
) -> None:
    carrier.fail(ERIN, 30003)
    sent = twilio.send(ERIN, "Thank you.", listener.url)
    eventually(lambda: listener.statuses(sent.sid)[-1:] == ["undelivered"], "the last callback")
    assert listener.heard[-1][0]["ErrorCode"] == "30003"
    assert carrier.shown_on(ERIN) == []
