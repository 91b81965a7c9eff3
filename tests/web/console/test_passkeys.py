"""Passkeys in a real browser with a virtual authenticator (CDP domain WebAuthn)."""

import httpx
import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from evidence import ledger
from evidence.reviewers.reviewer import named
from tests.web.console.conftest import Running, sign_in


def authenticator(page: Page, *, verifies: bool = True) -> tuple[CDPSession, str]:
    """Plug in an authenticator that keeps passkeys and, or not, verifies its user."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def make_passkey(page: Page, running: Running, name: str = "alice", role: str = "reviewer") -> None:
    """Come in by link, and take the offer to make a passkey."""
    page.goto(f"/signin?token={running.town.link(name, role)}")
    page.get_by_role("button", name="Continue to the console").click()
    page.get_by_label("Name of this device").fill("Desk 4")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("heading", name="Queue").wait_for()


def sign_out(page: Page) -> None:
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_a_passkey_made_at_the_first_sign_in_opens_the_next(page: Page, running: Running) -> None:
    authenticator(page)
    make_passkey(page, running, "alice", "supervisor")
    sign_out(page)
    page.goto("/cases?q=van")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/cases?q=van")
    expect(page.locator(".account__name")).to_have_text("alice")
    with running.town.database.as_role("console") as conn:
        alice = named(conn, "alice")
        assert alice
        history = [(entry.kind, entry.details.get("method")) for entry in ledger.history(conn, alice.id)]
    assert history == [
        ("signin_link_minted", None),
        ("signed_in", "link"),
        ("passkey_added", None),
        ("signed_out", None),
        ("signed_in", "passkey"),
    ]


def test_an_authenticator_that_does_not_verify_its_user_makes_no_passkey(
    page: Page, running: Running
) -> None:
    authenticator(page, verifies=False)
    page.goto(f"/signin?token={running.town.link('alice', 'reviewer')}")
    page.get_by_role("button", name="Continue to the console").click()
    page.get_by_label("Name of this device").fill("Desk 4")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        "No passkey was made. Try again, or choose another device."
    )


def test_one_that_stops_verifying_signs_nobody_in(page: Page, running: Running) -> None:
    session, key = authenticator(page)
    make_passkey(page, running)
    sign_out(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert "tipline" not in {cookie["name"] for cookie in page.context.cookies()}


def test_the_server_checks_verification_itself(page: Page, running: Running, context: BrowserContext) -> None:
    """A script in the page asks for no verification; the answer is genuine, and refused."""
    session, key = authenticator(page)
    make_passkey(page, running)
    sign_out(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    status = page.evaluate(
        """async () => {
            const plain = (t) => atob(t.replace(/-/g, "+").replace(/_/g, "/"));
            const bytes = (t) => Uint8Array.from(plain(t), (c) => c.charCodeAt(0));
            const coded = (b) => btoa(String.fromCharCode(...new Uint8Array(b)));
            const text = (b) => coded(b).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=/g, "");
            const asked = await (await fetch("/signin/passkey/options", {method: "POST"})).json();
            const found = await navigator.credentials.get({publicKey: {
                challenge: bytes(asked.challenge), rpId: asked.rpId, userVerification: "discouraged"}});
            const answer = await fetch("/signin/passkey", {method: "POST",
                headers: {"Content-Type": "application/json", "Accept": "application/json"},
                body: JSON.stringify({id: found.id, rawId: text(found.rawId), type: found.type, response: {
                    authenticatorData: text(found.response.authenticatorData),
                    clientDataJSON: text(found.response.clientDataJSON),
                    signature: text(found.response.signature)}})});
            return [answer.status, (await answer.json()).code];
        }"""
    )
    assert status == [403, "passkey_refused"]
    with running.town.database.as_role("console") as conn:
        alice = named(conn, "alice")
        assert alice
        assert ledger.history(conn, alice.id)[-1].kind == "signin_refused"


def test_a_removed_passkey_opens_nothing(page: Page, running: Running) -> None:
    authenticator(page)
    make_passkey(page, running)
    page.goto("/passkeys")
    page.get_by_role("button", name="Remove Desk 4").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("This passkey is not known here. Use a sign-in link.")


def test_a_device_makes_one_passkey_a_person(page: Page, running: Running) -> None:
    authenticator(page)
    make_passkey(page, running)
    page.goto("/passkeys")
    page.get_by_label("Name of this device").fill("Again")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("This device has a passkey for you already.")


def test_who_has_a_passkey_is_not_offered_another(page: Page, running: Running) -> None:
    authenticator(page)
    make_passkey(page, running)
    sign_out(page)
    page.goto(f"/signin?token={running.town.link('alice', 'reviewer')}")
    page.get_by_role("button", name="Continue to the console").click()
    page.get_by_role("heading", name="Queue").wait_for()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"rawId": 7}', b'{"rawId": "!"}', b'{"rawId": "AAAA"}']
)
def test_nonsense_is_refused_without_a_fault(running: Running, body: bytes) -> None:
    client = running.client()
    client.headers.update({"Accept": "application/json", "Content-Type": "application/json"})
    client.post("/signin/passkey/options")
    answer = client.post("/signin/passkey", content=body)
    assert answer.status_code in (400, 403)
    signed_in = running.signed_in()
    signed_in.headers.update({"Accept": "application/json", "Content-Type": "application/json"})
    signed_in.post("/passkeys/options")
    assert signed_in.post("/passkeys", content=body).status_code in (400, 403)


def test_a_challenge_is_for_the_browser_it_was_posed_to(running: Running) -> None:
    asked: httpx.Client = running.client()
    asked.post("/signin/passkey/options")
    answer = running.client().post(
        "/signin/passkey", json={"rawId": "AAAA"}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "challenge_gone")


def test_a_challenge_is_spent_by_an_answer_that_does_not_hold(running: Running) -> None:
    client = running.client()
    client.headers["Accept"] = "application/json"
    client.post("/signin/passkey/options")
    codes = [client.post("/signin/passkey", json={"rawId": "AAAA"}).json()["code"] for _ in range(2)]
    assert codes == ["passkey_unknown", "challenge_gone"]


def test_signing_in_by_link_needs_no_authenticator(page: Page, running: Running) -> None:
    sign_in(page, running)
    expect(page.locator(".account__name")).to_have_text("alice")
