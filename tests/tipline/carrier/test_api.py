"""The stand-in's REST API, asked by plain HTTP: what it refuses, and with which of Twilio's codes."""

import httpx
import pytest

from tests.tipline.carrier.conftest import TOKEN
from tipline.carrier import Carrier

ERIN = "+16015550123"


@pytest.fixture
def api(address: str, carrier: Carrier) -> httpx.Client:
    account = carrier.account
    base = f"{address}/2010-04-01/Accounts/{account.sid}"
    return httpx.Client(base_url=base, auth=(account.sid, TOKEN))


def sendable(carrier: Carrier, **changes: str) -> dict[str, str]:
    return {"To": ERIN, "From": carrier.account.number, "Body": "Thank you.", **changes}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "6015550123"}, 21211),
        ({"To": "+0015550123"}, 21211),
        ({"To": "+1601555012301234"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "6015550100"}, 21212),
        ({"From": "+16015550999"}, 21606),
        ({"To": "+16015550100"}, 21266),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "/sms/status"}, 21609),
        ({"Boddy": "x"}, 20001),
        ({"Attempt": "many"}, 20001),
        ({"MessagingServiceSid": "MG1"}, 20001),
    ],
)
def test_what_is_sent_is_checked(
    api: httpx.Client, carrier: Carrier, changes: dict[str, str], code: int
) -> None:
    answer = api.post("/Messages.json", data=sendable(carrier, **changes))
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == 400
    assert problem["more_info"].endswith(str(code))
    assert carrier.newest_first() == []


def test_a_message_is_taken_as_the_description_says(api: httpx.Client, carrier: Carrier) -> None:
    answer = api.post("/Messages.json", data=sendable(carrier, Body="é" * 161))
    assert answer.status_code == 201
    message = answer.json()
    assert message["sid"].startswith("SM")
    assert message["status"] in ("queued", "sending", "sent", "delivered")
    assert (message["direction"], message["num_segments"], message["num_media"]) == ("outbound-api", "2", "0")
    assert message["date_created"].endswith("+0000")


def test_nobody_is_let_in_without_the_token(api: httpx.Client, address: str) -> None:
    for auth in (("AC" + "0" * 32, TOKEN), (api.base_url.path.split("/")[3], "guess")):
        refused = httpx.get(f"{api.base_url}Messages.json", auth=auth)
        assert (refused.status_code, refused.json()["code"]) == (401, 20003)
    assert httpx.get(f"{api.base_url}Messages.json").status_code == 401


def test_another_account_and_ill_formed_names_are_nowhere(api: httpx.Client, address: str) -> None:
    other = f"{address}/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    for answer in (
        api.get(other),
        api.get("/Messages/SM123.json"),
        api.get(f"/Messages/SM{'0' * 32}.json"),
        api.delete(f"/Messages/SM{'0' * 32}/Media/ME1.json"),
        api.get("/Calls.json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    "query",
    [
        {"PageSize": "0"},
        {"PageSize": "1001"},
        {"Page": "1"},
        {"PageToken": "PASM0"},
        {"DateSent>": "yesterday"},
        {"From": "erin"},
        {"Status": "received"},
    ],
)
def test_a_list_knows_its_filters_and_no_others(api: httpx.Client, query: dict[str, str]) -> None:
    answer = api.get("/Messages.json", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_media_lie_at_an_address_of_their_own_that_takes_no_token(
    api: httpx.Client, carrier: Carrier, address: str
) -> None:
    message = carrier.text(ERIN, "look", [("image/jpeg", b"picture")])
    (listed,) = api.get(f"/Messages/{message.sid}/Media.json").json()["media_list"]
    elsewhere = api.get(f"/Messages/{message.sid}/Media/{listed['sid']}")
    assert elsewhere.status_code == 307
    content = httpx.get(address + elsewhere.headers["Location"])
    assert (content.content, content.headers["Content-Type"]) == (b"picture", "image/jpeg")
    assert api.get(address + elsewhere.headers["Location"]).status_code == 400


def test_a_down_carrier_answers_503_to_everybody(api: httpx.Client, carrier: Carrier) -> None:
    carrier.down = True
    assert api.get("/Messages.json").status_code == 503
    assert api.post("/Messages.json", data=sendable(carrier)).json()["code"] == 20503
