"""A flood, seen from outside: what is asked for, what passes, and that it counts once."""

import base64

import httpx

from intake.guard.proof import solve
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import TUS

ALWAYS = {"TIPLINE_PROOF_OF_WORK": "always", "TIPLINE_PROOF_BITS": "2"}
AUTO = {"TIPLINE_FLOOD_TIPS_PER_MINUTE": "5", "TIPLINE_PROOF_BITS": "2"}
TIP = {"what": "a van"}


def tell(door: Intake, proof: str | None = None) -> httpx.Response:
    headers = {} if proof is None else {"Tipline-Proof": proof}
    return httpx.post(f"{door.url}/tips", json=TIP, headers=headers, verify=False)


def begin(door: Intake, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{door.url}/files/", headers={**TUS, "Upload-Length": "3", **named}, verify=False)


def prove(refused: httpx.Response) -> str:
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (429, "proof_needed")
    assert int(refused.headers["retry-after"]) > 0
    return str(solve(problem["challenge"], problem["salt"], problem["bits"]))


def test_a_proof_opens_one_tip_and_no_second(new_intake: NewIntake) -> None:
    with new_intake(**ALWAYS) as door:
        proof = prove(tell(door))
        assert tell(door, proof).status_code == 201
        prove(tell(door, proof))


def test_a_wrong_proof_is_refused_with_a_new_challenge_and_spends_the_old(new_intake: NewIntake) -> None:
    with new_intake(**ALWAYS, TIPLINE_FLOOD_TIPS_PER_MINUTE="1000") as door:
        proof = prove(tell(door))
        challenge = proof.partition(".")[0]
        for wrong in ("", "nonsense", f"{challenge}.", f"{challenge}.1-2-3", f"{challenge}.9-9-9-99999999"):
            prove(tell(door, wrong))
        prove(tell(door, proof))


def test_a_flood_switches_it_on_and_a_tips_own_uploads_need_none(new_intake: NewIntake) -> None:
    with new_intake(**AUTO) as door:
        opened = [tell(door) for _ in range(5)]
        assert {answer.status_code for answer in opened} == {201}
        assert tell(door, prove(tell(door))).status_code == 201
        token = opened[0].json()["token"]
        bound = begin(door, Upload_Metadata=f"tip {_b64(token)}")
        assert bound.status_code == 201
        unbound = begin(door)
        assert begin(door, Tipline_Proof=prove(unbound)).status_code == 201


def test_in_a_flood_forms_share_a_budget(new_intake: NewIntake) -> None:
    def fill(door: Intake) -> httpx.Response:
        return httpx.post(f"{door.url}/tips/form", files={"what": (None, "a van")}, verify=False)

    with new_intake(**AUTO) as door:
        answers = [fill(door) for _ in range(30)]
        passed = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 5 <= len(passed) < 30
        assert len(passed) + len(refused) == 30
        assert "With JavaScript" in refused[0].text
        assert tell(door, prove(tell(door))).status_code == 201, "the page with its script still gets through"


def test_it_can_be_switched_off(new_intake: NewIntake) -> None:
    with new_intake(**AUTO, TIPLINE_PROOF_OF_WORK="off") as door:
        assert {tell(door).status_code for _ in range(20)} == {201}


def test_another_process_of_the_installation_knows_the_challenge(new_intake: NewIntake) -> None:
    with new_intake(**ALWAYS) as one, new_intake(**ALWAYS) as other:
        proof = prove(tell(one))
        assert tell(other, proof).status_code == 201
        assert tell(one, proof).status_code == 201, "spent once in each process, as the threat model says"
        prove(tell(other, proof))


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
