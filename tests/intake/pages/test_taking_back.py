"""Taking a tip back: asked twice, told when it is done, refused where it is evidence."""

from flask.testing import FlaskClient

from evidence import ledger, tips
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.media import purging
from evidence.reviewers.reviewer import Reviewer
from evidence.settings import Retention
from tests.conftest import Database
from tests.intake.pages.conftest import NewPages, Tell
from tests.intake.pages.visiting import visit_in, visited


def test_a_tip_is_taken_back_after_a_second_look(erin: FlaskClient, tell: Tell, database: Database) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    asked = erin.post("/r/withdraw", data={"visit": visit})
    assert "Take your tip back?" in asked.text
    assert "Everything you sent is deleted" in asked.text
    with database.as_role("console") as conn:
        assert tips.newest(conn)[0].state == "new"
    done = erin.post("/r/withdraw", data={"visit": visit_in(asked.text), "sure": "yes"})
    assert "Your tip was taken back." in done.text
    assert "Write a message" not in done.text
    assert "Take this tip back" not in done.text
    with database.as_role("console") as conn:
        tip = tips.newest(conn)[0]
        assert tip.state == "withdrawn"
        assert ledger.history(conn, tip.id)[-1].kind == "withdrawn"
    late = erin.post("/r/messages", data={"visit": visit, "text": "Wait"})
    assert late.status_code == 410
    assert "nothing more can be added" in late.text


def test_whoever_comes_back_after_the_end_reads_when_everything_was_deleted(
    erin: FlaskClient, tell: Tell, database: Database
) -> None:
    words = tell("CANARY a van").receipt.words
    open_page = erin.post("/r", data={"words": words}).text
    assert "Everything you sent will be deleted on" in open_page
    erin.post("/r/withdraw", data={"visit": visit_in(open_page), "sure": "yes"})
    assert "is being deleted now" in erin.post("/r", data={"words": words}).text
    retention = Retention()
    with database.as_role("expire") as conn:
        (tip_id,) = purging.due(conn, retention)
        assert purging.begin(conn, tip_id, retention) == "withdrawn"
        assert purging.finish(conn, tip_id)
    page = erin.post("/r", data={"words": words})
    assert page.status_code == 200
    assert "Everything you sent was deleted on" in page.text
    assert "CANARY" not in page.text
    for gone in ("Messages", "You sent no words", "Write a message", "Send more files", "Take this tip back"):
        assert gone not in page.text
    late = erin.post("/r/messages", data={"visit": visit_in(page.text), "text": "Wait"})
    assert late.status_code == 410


def test_what_is_evidence_cannot_be_taken_back(
    erin: FlaskClient, tell: Tell, database: Database, bob: Reviewer
) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    with database.as_role("console") as conn:
        case = cases.open_case(conn, "26-1", "Vans", bob)
        attachment.attach(conn, case, tips.newest(conn)[0].id, bob)
    page = erin.post("/r/withdraw", data={"visit": visit, "sure": "yes"})
    assert page.status_code == 409
    assert "part of an investigation by now" in page.text
    assert "Take this tip back" not in page.text


def test_where_nothing_can_be_deleted_nothing_is_taken_back(new_pages: NewPages, tell: Tell) -> None:
    erin = new_pages(retention=Retention(mode="COMPLIANCE")).test_client()
    page = erin.post("/r", data={"words": tell("A van").receipt.words}).text
    assert "Take this tip back" not in page
    assert "nothing can be taken back" in page
    refused = erin.post("/r/withdraw", data={"visit": visit_in(page), "sure": "yes"})
    assert refused.status_code == 409
    assert "may not delete anything early" in refused.text
