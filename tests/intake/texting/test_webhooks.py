"""Webhooks as an attacker, a proxy and a bad line would send them."""

import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from intake.texting.app import create_app
from tests.intake.texting.conftest import ERIN, TOKEN, Errand, SmsDoor, Town
from tests.waiting import eventually
from tipline.carrier.message import Message
from tipline.carrier.telling import incoming_form
from tipline.up.ports import LOOPBACK


def form_of(door: SmsDoor, body: str = "A red car", **more: str) -> dict[str, str]:
    """What the carrier would post for a message that it does not have: nobody but the webhook tells of it."""
    at = datetime.now(UTC)
    message = Message(
        "SM" + secrets.token_hex(16), "inbound", ERIN, door.carrier.account.number, body, "received",
        created=at, updated=at,
    )  # fmt: skip
    return {**incoming_form(message, door.carrier.account), **more}


def post(
    door: SmsDoor, form: dict[str, str], *, url: str = "", token: str = TOKEN, path: str = "/sms"
) -> httpx.Response:
    signature = RequestValidator(token).compute_signature(url or f"{door.url}{path}", form)
    return httpx.post(f"{door.url}{path}", data=form, headers={"X-Twilio-Signature": signature})


def test_a_signed_message_is_answered_with_nothing_and_taken_in(door: SmsDoor) -> None:
    answer = post(door, form_of(door))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml")
    assert answer.text.endswith("<Response/>")
    assert len(door.tips()) == 1


def test_forged_and_altered_messages_are_refused_and_change_nothing(door: SmsDoor) -> None:
    form = form_of(door)
    good = RequestValidator(TOKEN).compute_signature(f"{door.url}/sms", form)
    altered = (
        {**form, "Body": "Arrest my neighbor"},
        {**form, "From": "+16015550199"},
        {**form, "Extra": ""},
        {**form, "NumMedia": "1"},
        {name: value for name, value in form.items() if name != "FromZip"},
    )
    for changed in altered:
        answer = httpx.post(f"{door.url}/sms", data=changed, headers={"X-Twilio-Signature": good})
        assert (answer.status_code, answer.json()["code"]) == (403, "signature")
    for signature in ("", "x", good[:-1], good.lower(), good + "=", "\u00e9"):
        headers = {b"X-Twilio-Signature": signature.encode("latin-1")}
        assert httpx.post(f"{door.url}/sms", data=form, headers=headers).status_code == 403
    assert httpx.post(f"{door.url}/sms", data=form).status_code == 403
    assert post(door, form, token="another").status_code == 403
    assert door.rows("SELECT 1 FROM text_in") == []
    assert door.rows("SELECT 1 FROM texter") == []


ELSEWHERE = (
    "http://127.0.0.1:1/sms", "http://127.0.0.1:8443/sms", "https://{netloc}/sms", "http://{netloc}/sms/",
    "http://{netloc}/sms?a=b", "http://localhost:{port}/sms", "http://{netloc}/", "http://{netloc}/sms/status",
)  # fmt: skip


def test_a_signature_over_another_address_or_port_is_refused(door: SmsDoor) -> None:
    netloc = door.url.removeprefix("http://")
    for elsewhere in ELSEWHERE:
        url = elsewhere.format(netloc=netloc, port=netloc.rpartition(":")[2])
        assert post(door, form_of(door), url=url).status_code == 403, url
    assert door.tips() == []


def test_the_address_is_the_configured_one_whatever_the_request_says_of_itself(town: Town) -> None:
    public = "https://tips.city.example/sms"
    with town.door(TIPLINE_SMS_URL=public) as door:
        form = form_of(door)
        for url in (public, "https://tips.city.example:443/sms"):
            signature = RequestValidator(TOKEN).compute_signature(url, form)
            headers = {"X-Twilio-Signature": signature, "Host": "evil.example", "X-Forwarded-Proto": "ftp"}
            assert httpx.post(f"{door.url}/sms", data=form, headers=headers).status_code == 200
        assert post(door, form).status_code == 403


def test_another_account_s_message_and_ill_formed_ones_are_refused(door: SmsDoor) -> None:
    assert post(door, form_of(door, AccountSid="AC" + "0" * 32)).json()["code"] == "another_account"
    for more in (
        {"MessageSid": "SM1"}, {"MessageSid": "../../x"}, {"NumMedia": "11"}, {"NumMedia": "-1"},
        {"NumMedia": "many"}, {"From": ""},
    ):  # fmt: skip
        assert post(door, form_of(door, **more)).json()["code"] == "not_a_message"
    large = post(door, form_of(door, Body="x" * 70_000))
    assert large.status_code == 413
    assert httpx.post(f"{door.url}/sms", json={"a": 1}).status_code == 400
    assert httpx.get(f"{door.url}/sms").status_code == 405
    assert door.tips() == []


def test_a_form_that_repeats_a_field_is_signed_with_all_of_it(door: SmsDoor) -> None:
    """A proxy or an attacker that adds a second `Body` changes what was signed."""
    form = form_of(door)
    signature = RequestValidator(TOKEN).compute_signature(f"{door.url}/sms", form)
    doubled = urlencode([*form.items(), ("Body", "STOP")])
    answer = httpx.post(
        f"{door.url}/sms", content=doubled,
        headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_a_replayed_message_is_one_message_also_side_by_side(door: SmsDoor) -> None:
    form = form_of(door)
    for _ in range(5):
        assert post(door, form).status_code == 200
    another = form_of(door, "It went north")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(door, another).status_code, range(16)))
    assert answers == [200] * 16
    (tip,) = door.tips()
    assert [text.what for text in door.texts_of(tip)] == ["A red car", "It went north"]
    door.shown_on(ERIN)
    assert len(door.carrier.shown_on(ERIN)) == 1


def test_messages_of_somebody_new_that_come_at_once_open_one_tip(door: SmsDoor) -> None:
    forms = [form_of(door, f"part {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda form: post(door, form).status_code, forms)) == [200] * 8
    (tip,) = door.tips()
    assert sorted(text.what for text in door.texts_of(tip)) == [f"part {number}" for number in range(8)]
    assert len(door.rows("SELECT 1 FROM texter")) == 1
    door.shown_on(ERIN)
    assert len(door.rows("SELECT 1 FROM text_out")) == 1


def test_statuses_count_in_whatever_order_and_however_often_they_come(door: SmsDoor) -> None:
    door.carrier.silent = True
    post(door, form_of(door))
    ((out_id, sid),) = eventually(
        lambda: door.rows("SELECT id, sid FROM text_out WHERE sid IS NOT NULL"), "the text is taken"
    )
    path = f"/sms/status/{out_id}"

    def tell(status: str, **more: str) -> int:
        told = {"MessageSid": sid, "MessageStatus": status, "AccountSid": door.carrier.account.sid, **more}
        return post(door, told, path=path).status_code

    assert tell("delivered") == 204
    for status in ("sent", "sending", "queued", "undelivered", "failed", "nonsense"):
        assert tell(status, ErrorCode="30003") == 204
    assert tell("delivered", MessageSid="SM" + "0" * 32) == 204
    assert door.rows("SELECT state, reason, sid FROM text_out") == [("delivered", None, sid)]
    forged = {"MessageSid": sid, "MessageStatus": "failed", "AccountSid": door.carrier.account.sid}
    assert httpx.post(f"{door.url}{path}", data=forged).status_code == 403
    other = "/sms/status/00000000-0000-4000-8000-000000000000"
    assert post(door, forged, path=other, url=f"{door.url}{path}").status_code == 403


def test_a_status_that_is_faster_than_the_carrier_s_answer_is_not_lost(door: SmsDoor) -> None:
    door.carrier.silent = True
    post(door, form_of(door))
    ((out_id, sid),) = eventually(lambda: door.rows("SELECT id, sid FROM text_out WHERE sid IS NOT NULL"))
    with door.database.as_admin() as conn:
        conn.execute("UPDATE text_out SET state = 'sending', sealed = 'x', sid = NULL")
    told = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": door.carrier.account.sid}
    assert post(door, told, path=f"/sms/status/{out_id}").status_code == 204
    assert door.rows("SELECT state, sid, sealed FROM text_out") == [("delivered", sid, None)]


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that takes every line and never says a word."""
    with socket.create_server((LOOPBACK, 0), backlog=100) as silent:
        yield f"http://{LOOPBACK}:{silent.getsockname()[1]}"


def test_messages_are_taken_in_at_once_while_the_carrier_and_our_front_door_say_nothing(
    town: Town, nobody: str
) -> None:
    """Every thread that does what is slow hangs: there are four, and more jobs than that."""
    away = {"TIPLINE_TWILIO_URL": nobody, "TIPLINE_SMS_FRONT_DOOR": nobody, "TIPLINE_SMS_POLL_SECONDS": "1"}
    with town.door(**away) as door:
        phones = [f"+1601555{number:04}" for number in range(12)]
        for phone in phones:
            assert post(door, form_of(door, From=phone, NumMedia="1")).status_code == 200
        eventually(
            lambda: door.rows("SELECT count(*) >= 4 FROM procrastinate_jobs WHERE status = 'doing'")[0][0],
            "every thread is busy",
        )
        for phone in phones:
            assert post(door, form_of(door, "It went north", From=phone)).status_code == 200
            assert post(door, form_of(door, "STOP", From=phone)).status_code == 200
        assert len(door.tips()) == len(phones)
        assert door.rows("SELECT count(*) FROM texter WHERE sealed IS NULL") == [(len(phones),)]
        door.stop(kill=True)


def test_a_webhook_asks_nobody_but_the_database(errand: Errand, monkeypatch: pytest.MonkeyPatch) -> None:
    """libpq makes the database's lines; whatever Python itself would connect to is somebody else."""

    def refuse(*_: object) -> None:
        raise AssertionError("a webhook looks for somebody")

    app = create_app(errand.settings, errand.pool)
    message = errand.carrier.text(ERIN, "A red car", [("image/jpeg", b"jpeg")])
    form = incoming_form(message, errand.carrier.account)
    signature = RequestValidator(TOKEN).compute_signature(errand.settings.url, form)
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    answer = app.test_client().post("/sms", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    assert len(errand.rows("SELECT 1 FROM tip")) == 1


def test_a_keyword_that_the_carrier_answered_is_not_answered_again(door: SmsDoor) -> None:
    """Where Twilio's own handling of STOP is on, its webhook says so."""
    post(door, form_of(door, "STOP", OptOutType="STOP"))
    assert door.rows("SELECT stopped_at IS NOT NULL, sealed FROM texter") == [(True, None)]
    assert door.rows("SELECT 1 FROM text_out") == []
    assert door.tips() == []
