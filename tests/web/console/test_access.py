"""Who may go where: the table is complete, and the running console does as the table says."""

from uuid import uuid4

import httpx
import pytest

from evidence.reviewers.roles import MAY, Role
from tests.web.console.conftest import Running
from web.console import access

# One request for each route that needs a role, against things that do not exist: what is let in is told so
# (404, 400, 409), what is not is told that (403) before anything is looked for.
ASKED = {
    "signin.leave": ("POST", "/signout"),
    "passkeys.show": ("GET", "/passkeys"),
    "passkeys.options": ("POST", "/passkeys/options"),
    "passkeys.register": ("POST", "/passkeys"),
    "passkeys.remove": ("POST", "/passkeys/remove"),
    "queue.show": ("GET", "/"),
    "tips.show": ("GET", "/tips/{id}"),
    "tips.close": ("POST", "/tips/{id}/close"),
    "tips.reopen": ("POST", "/tips/{id}/reopen"),
    "tips.attach": ("POST", "/tips/{id}/attach"),
    "tips.detach": ("POST", "/tips/{id}/detach"),
    "conversation.write": ("POST", "/tips/{id}/messages"),
    "conversation.settled": ("POST", "/tips/{id}/messages/settled"),
    "echoes.dismiss": ("POST", "/tips/{id}/echoes/dismiss"),
    "echoes.restore": ("POST", "/tips/{id}/echoes/restore"),
    "media.opened": ("POST", "/media/{id}/open"),
    "media.pieces": ("GET", "/media/{id}/pieces"),
    "live.wall": ("GET", "/live"),
    "live.states": ("GET", "/live/states"),
    "live.show": ("GET", "/live/{id}"),
    "live.state": ("GET", "/live/{id}/state"),
    "live.watch": ("POST", "/live/{id}/watch"),
    "live.prompt": ("POST", "/live/{id}/prompts"),
    "live.snapshot": ("POST", "/live/{id}/snapshot"),
    "live.close": ("POST", "/live/{id}/close"),
    "live.live_link": ("POST", "/tips/{id}/live-link"),
    "pipeline.show": ("GET", "/pipeline"),
    "cases.show_all": ("GET", "/cases"),
    "cases.find": ("GET", "/cases/find"),
    "cases.show": ("GET", "/cases/{id}"),
    "cases.open_new": ("POST", "/cases"),
    "cases.add": ("POST", "/cases/{id}/notes"),
    "unsealings.show_all": ("GET", "/unsealings"),
    "unsealings.ask": ("POST", "/media/{id}/unseal"),
    "unsealings.answer": ("POST", "/unsealings/{id}/answer"),
    "unsealings.look": ("POST", "/unsealings/{id}/look"),
    "/events": ("GET", "/events"),
    "/media/<id>/content": ("GET", "/media/{id}/content"),
    "/live/<id>/parts/<number>": ("GET", "/live/{id}/parts/1/bytes"),
}


def ask(client: httpx.Client, endpoint: str) -> int:
    """The status of a request for `endpoint`; its body is not read, for one of them never ends."""
    method, path = ASKED[endpoint]
    with client.stream(method, path.format(id=uuid4())) as answer:
        return answer.status_code


def test_every_route_is_in_the_table_and_nothing_else_is(running: Running) -> None:
    rules = {rule.endpoint for rule in running.console.site.url_map.iter_rules()}
    assert rules == access.PUBLIC | set(access.REQUIRED)
    assert not access.PUBLIC & set(access.REQUIRED)
    assert set(ASKED) == set(access.REQUIRED) | set(access.NATIVE)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_let_in_where_the_table_says(running: Running, role: Role) -> None:
    client = running.signed_in(f"{role} person", role)
    refused = {endpoint for endpoint in ASKED if endpoint != "signin.leave" and ask(client, endpoint) == 403}
    assert refused == {endpoint for endpoint in ASKED if access.required_act(endpoint) not in MAY[role]}


def test_nobody_gets_in_signed_out(running: Running) -> None:
    client = running.client()
    for endpoint, (method, _) in ASKED.items():
        expected = 302 if method == "GET" and endpoint in access.REQUIRED else 401
        assert ask(client, endpoint) == expected, endpoint


def test_no_post_from_elsewhere_gets_in(running: Running) -> None:
    client = running.signed_in("carol", "supervisor")
    del client.headers["Origin"]
    for headers in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": running.settings.origin, "Sec-Fetch-Site": "cross-site"},
    ):
        for method, path in ASKED.values():
            if method == "POST":
                answer = client.post(
                    path.format(id=uuid4()), headers={"Accept": "application/json", **headers}
                )
                assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), path


def test_a_route_nobody_decided_about_is_refused_to_all(running: Running) -> None:
    running.console.site.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = running.signed_in("carol", "supervisor").get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_public_routes_stay_few() -> None:
    assert len(access.PUBLIC) == 7
    assert all(access.required_act(endpoint) is None for endpoint in access.PUBLIC)
    with pytest.raises(KeyError):
        access.required_act("nothing.of_the_kind")
