"""What one broadcast may have, and how many there may be: kept by the door, whatever the sender says."""

import secrets

import pytest

from intake.guard.proof import solve
from tests.conftest import Database
from tests.intake.conftest import NewIntake
from tests.intake.live.conftest import Behind
from tests.intake.live.sender import TERMS, Sender, ask, post
from tests.intake.tus.client import Tus
from tests.waiting import eventually


def test_no_more_are_live_at_once_than_may_and_the_next_is_told_what_to_do(
    new_intake: NewIntake, database: Database
) -> None:
    with new_intake(TIPLINE_LIVE_AT_ONCE="2") as intake:
        first, _ = Sender.go(intake.url), Sender.go(intake.url)
        full = ask(intake.url)
        assert (full.status_code, full.json()["code"]) == (503, "live_full")
        assert "Record a clip" in full.json()["detail"]
        assert full.headers["retry-after"] == "60"
        first.end(parts=0)
        Sender.go(intake.url)
        with database.as_admin() as conn:
            # Nothing is left of what was refused.
            assert conn.execute("SELECT count(*) FROM tip").fetchone() == (3,)


def test_a_client_opens_so_many_an_hour(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_CLIENT_LIVES_PER_HOUR="2", TIPLINE_PROOF_OF_WORK="off") as intake:
        for _ in range(2):
            Sender.go(intake.url)
        refused = ask(intake.url)
        assert (refused.status_code, refused.json()["code"]) == (429, "client_lives")


def test_in_a_flood_whoever_opens_a_tip_by_going_live_proves_some_work_first(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_PROOF_OF_WORK="always", TIPLINE_PROOF_BITS="2") as intake:
        asked = {"terms": TERMS, "language": "en"}
        refused = post(f"{intake.url}/live", asked)
        assert (refused.status_code, refused.json()["code"]) == (429, "proof_needed")
        opened = post(f"{intake.url}/live", asked, Tipline_Proof=str(solve(refused.json())))
        assert opened.status_code == 201
        # On a tip that is there it opens none, and needs no other proof.
        Sender.go(intake.url, receipt=opened.json()["receipt"])


def test_broadcasts_can_be_switched_off(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_LIVE="off") as intake:
        refused = ask(intake.url)
        assert (refused.status_code, refused.json()["code"]) == (503, "live_off")
        assert "Record a clip" in refused.json()["detail"]


def test_too_many_bytes_close_a_broadcast_with_what_came(new_intake: NewIntake, database: Database) -> None:
    with new_intake(TIPLINE_LIVE_BYTES="20000", TIPLINE_CAMERA_BYTES="20000") as intake:
        behind = Behind(intake, database)
        sender = Sender.go(intake.url)
        first, second = sender.part(1), sender.part(2)
        first.send(secrets.token_bytes(15000))
        first.finish()
        second.send(secrets.token_bytes(6000))
        eventually(lambda: sender.beat()["state"] == "closed", "the close")
        assert sender.beat()["how"] == "limit"
        behind.settled(sender.session)
        assert len(behind.stored(sender.session)) == 2
        over = Sender.go(intake.url).part(1).send(bytes(20001))
        assert (over.status_code, over.json()["code"]) == (413, "past_length")


def test_when_its_time_is_over_recording_has_ended_and_the_rest_may_come(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    part = sender.part(1)
    part.send(b"film")
    with behind.database.as_admin() as conn:
        conn.execute("UPDATE live_session SET ends_by = now() WHERE id = %s", [sender.session])
    eventually(lambda: sender.beat()["state"] == "ended", "the end")
    assert (sender.beat()["how"], sender.beat()["ends_in_s"]) == ("limit", 0)
    part.send(b"and what was recorded before")
    part.finish()
    assert sender.end_part(part).json() == {"chain_holds": True}
    # Over before, and yet the door learns how many parts there are.
    sender.end(parts=1)
    assert behind.settled(sender.session).how == "limit"


@pytest.mark.parametrize("sequence", [1000, 1001])
def test_a_broadcast_has_so_many_parts(behind: Behind, sequence: int) -> None:
    sender = Sender.go(behind.intake.url)
    assert sender.ask_part(sequence).status_code == (201 if sequence == 1000 else 400)


def test_parts_are_no_files_of_a_tip(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_MAX_FILES_PER_TIP="1") as intake:
        opened = post(f"{intake.url}/tips", {"what": "A van", "language": "en"}).json()
        sender = Sender.go(intake.url, tip=opened["token"])
        sender.part(1)
        sender.part(2)
        Tus(intake.url).create(5, tip=opened["token"])
