"""What staff see of a tip that will be deleted, is being deleted, and was: sentences, never a fault."""

from uuid import UUID

import pytest
from httpx import Client

from evidence.media import purging
from evidence.settings import Retention
from evidence.tips.ending import deletion_due
from tests.web.console.conftest import Running

JSON = {"Accept": "application/json"}


def begin(running: Running, tip_id: UUID) -> None:
    with running.town.database.as_role("expire") as conn:
        assert purging.begin(conn, tip_id, Retention())


def finish(running: Running, tip_id: UUID) -> None:
    with running.town.database.as_role("expire") as conn:
        assert purging.finish(conn, tip_id)


@pytest.fixture
def alice(running: Running) -> Client:
    return running.signed_in(role="investigator")


def test_a_tips_page_says_when_it_will_be_deleted_and_a_case_holds_it(
    running: Running, alice: Client
) -> None:
    tip_id = running.town.tip("a van")
    with running.town.database.as_role("console") as conn:
        due = deletion_due(conn, tip_id, running.settings.retention)
    assert due
    page = alice.get(f"/tips/{tip_id}").text
    assert "Will be deleted on" in page
    assert due.isoformat() in page
    attached = alice.post(f"/tips/{tip_id}/attach", data={"number": "26-1", "title": "Vans"})
    assert attached.status_code == 303
    assert "Will be deleted on" not in alice.get(f"/tips/{tip_id}").text


@pytest.mark.parametrize("how", ["withdrawn", "time_over"])
def test_of_a_tip_that_ends_and_ended_nothing_is_handed_out(
    running: Running, alice: Client, how: str
) -> None:
    tip_id = running.town.tip("CANARY a van")
    media_id, copy = running.town.clip(tip_id)
    assert alice.post(f"/media/{media_id}/open", headers=JSON).status_code == 204
    if how == "withdrawn":
        running.town.withdraws(tip_id)
    else:
        with running.town.database.as_admin() as conn:
            conn.execute("UPDATE tip SET received_at = now() - interval '91 days'")
            conn.execute("UPDATE message SET at = now() - interval '91 days'")
            conn.execute("UPDATE media SET received_at = now() - interval '91 days', leased_until = NULL")
    begin(running, tip_id)
    why = "its citizen took it back" if how == "withdrawn" else "its time was over"
    for said in (f"is being deleted, since {why}", "was deleted on"):
        page = alice.get(f"/tips/{tip_id}")
        assert page.status_code == 200
        assert f"since {why}" in page.text
        assert "CANARY" not in page.text
        assert "Will be deleted on" not in page.text
        for answer in (
            alice.get(f"/media/{copy}/content"),
            alice.post(f"/media/{media_id}/open", headers=JSON),
        ):
            assert answer.status_code == 410
            assert said in answer.text
        refused = alice.post(f"/tips/{tip_id}/attach", data={"number": "26-1", "title": "Vans"}, headers=JSON)
        assert refused.status_code == 409
        closed = alice.post(f"/tips/{tip_id}/close", data={"reason": "spam", "note": "x"}, headers=JSON)
        assert closed.status_code == 409
        if said.startswith("is being"):
            finish(running, tip_id)
    assert "Deleted everything" in alice.get(f"/tips/{tip_id}").text
    assert alice.get("/").status_code == 200
