"""Sessions as a browser meets them: links, cookies, expiry, sign-out."""

from datetime import timedelta

import httpx
import pytest

from tests.web.console.conftest import Running
from web.console.signing_in import own_path


def pass_time(running: Running, minutes: float) -> None:
    with running.town.database.as_admin() as admin:
        admin.execute(
            "UPDATE console_session SET seen_at = seen_at - %(ago)s, ends_at = ends_at - %(ago)s",
            {"ago": timedelta(minutes=minutes)},
        )


def test_looking_at_a_link_does_not_use_it_up(running: Running) -> None:
    client, token = running.client(), running.town.link("alice", "reviewer")
    for _ in range(3):
        assert client.get(f"/signin?token={token}").status_code == 200
    assert client.post("/signin", data={"token": token}).status_code == 303


def test_a_link_used_twice_is_over_and_says_so(running: Running) -> None:
    token = running.town.link("alice", "reviewer")
    assert running.client().post("/signin", data={"token": token}).status_code == 303
    second = running.client().post("/signin", data={"token": token})
    assert second.status_code == 410
    assert "used already, or is too old" in second.text
    assert "set-cookie" not in second.headers


def test_who_has_no_passkey_is_offered_one(running: Running) -> None:
    client = running.client()
    answer = client.post("/signin", data={"token": running.town.link("alice", "reviewer")})
    assert answer.headers["Location"] == "/passkeys?first=1"
    assert "Not now" in client.get(answer.headers["Location"]).text


def test_the_cookie_is_strict_and_for_this_site_alone(running: Running) -> None:
    answer = running.client().post("/signin", data={"token": running.town.link("alice", "reviewer")})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("tipline=")
    for flag in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert "Expires" not in cookie


def test_half_an_hour_of_nothing_asks_again(running: Running) -> None:
    client = running.signed_in()
    pass_time(running, 29)
    assert client.get("/").status_code == 200
    pass_time(running, 29)
    assert client.get("/").status_code == 200
    pass_time(running, 31)
    answer = client.get("/cases?q=van")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/signin?next=/cases?q%3Dvan")


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(running: Running) -> None:
    client = running.signed_in()
    pass_time(running, 29)
    assert client.get("/", headers={"X-Tipline-Live": "1"}).status_code == 200
    pass_time(running, 2)
    assert client.get("/", headers={"X-Tipline-Live": "1", "HX-Request": "true"}).status_code == 401


def test_twelve_hours_are_the_most(running: Running) -> None:
    client = running.signed_in()
    for _ in range(26):
        pass_time(running, 28)
        last = client.get("/")
    assert last.status_code == 302


def test_signing_out_is_for_good(running: Running) -> None:
    client = running.signed_in()
    stolen = client.cookies["tipline"]
    assert client.post("/signout").status_code == 303
    assert "tipline" not in client.cookies
    assert running.client().get("/", headers={"Cookie": f"tipline={stolen}"}).status_code == 302


@pytest.mark.parametrize("cookie", ["", "x", "tipline", "é", "a" * 5000])
def test_a_made_up_cookie_opens_nothing(running: Running, cookie: str) -> None:
    headers = {"Cookie": f"tipline={cookie}".encode()}
    for path in ("/", "/events", "/media/00000000-0000-0000-0000-000000000000/content"):
        assert httpx.get(running.settings.origin + path, headers=headers).status_code in (302, 401)


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (None, "/"),
        ("", "/"),
        ("/tips/1?x=2", "/tips/1?x=2"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("tips", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(wanted: str | None, taken: str) -> None:
    assert own_path(wanted) == taken


def test_every_page_carries_a_strict_policy(running: Running) -> None:
    client = running.signed_in()
    for path in ("/", "/cases", "/passkeys", "/signin?token=x", "/nothing-here", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "server" not in headers
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_errors_are_pages_for_people_and_problems_for_programs(running: Running) -> None:
    client = running.signed_in()
    page = client.get("/tips/00000000-0000-0000-0000-000000000000")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such tip." in page.text
    problem = client.get("/tips/00000000-0000-0000-0000-000000000000", headers={"Accept": "application/json"})
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "unknown_tip",
        "detail": "There is no such tip.",
        "request": problem.json()["request"],
    }
    assert client.get("/?state=nonsense").status_code == 400
    assert client.get("/?before=nonsense").status_code == 400
    assert (
        client.post(
            "/cases", content=b"x" * 300_000, headers={"Content-Type": "application/x-www-form-urlencoded"}
        ).status_code
        == 413
    )
