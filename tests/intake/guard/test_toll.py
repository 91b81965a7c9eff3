"""A flood, seen from outside: what is asked for, what passes, and that it counts once."""

import base64
from pathlib import Path
from urllib.parse import urljoin

import httpx

from intake.guard.proof import solve
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import BYTES, TUS

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
    return str(solve(problem))


def test_a_proof_opens_one_tip_and_no_second(new_intake: NewIntake) -> None:
    with new_intake(**ALWAYS) as door:
        proof = prove(tell(door))
        assert tell(door, proof).status_code == 201
        prove(tell(door, proof))


def test_a_wrong_proof_is_refused_with_a_new_challenge_and_spends_the_old(new_intake: NewIntake) -> None:
    # Of two bits, one guess in 256 is right.
    with new_intake(**{**ALWAYS, "TIPLINE_PROOF_BITS": "8"}) as door:
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


def test_made_up_proofs_are_a_flood_too(new_intake: NewIntake) -> None:
    with new_intake(**AUTO) as door:
        for _ in range(5):
            assert tell(door, "made.up-1-2-3").status_code == 201
        prove(tell(door, "made.up-1-2-3"))


def test_whoever_is_over_a_limit_is_not_barred_but_proves_it(new_intake: NewIntake) -> None:
    limits = {"TIPLINE_CLIENT_TIPS_PER_HOUR": "1", "TIPLINE_CLIENT_UPLOADS_PER_HOUR": "1"}
    with new_intake(**limits, TIPLINE_PROOF_BITS="2") as door:
        opened = tell(door)
        assert opened.status_code == 201
        for _ in range(3):
            assert tell(door, prove(tell(door))).status_code == 201
        bound = {"Upload_Metadata": f"tip {_b64(opened.json()['token'])}"}
        assert begin(door, **bound).status_code == 201
        assert begin(door, **bound, Tipline_Proof=prove(begin(door, **bound))).status_code == 201


def fill(door: Intake, address: str) -> httpx.Response:
    """Send a form without script, by way of a proxy that is named."""
    return httpx.post(
        f"{door.url}/tips/form",
        files={"what": (None, "a van")},
        headers={"X-Forwarded-For": address},
        verify=False,
    )


def test_in_a_flood_forms_share_a_budget_of_which_nobody_takes_it_all(new_intake: NewIntake) -> None:
    with new_intake(
        **ALWAYS, TIPLINE_FLOOD_TIPS_PER_MINUTE="120", TIPLINE_TRUSTED_PROXIES="127.0.0.1"
    ) as door:
        greedy = [fill(door, "9.9.9.9") for _ in range(20)]
        assert [answer.status_code for answer in greedy[:6]] == [200] * 6
        assert any("from your network" in answer.text for answer in greedy if answer.status_code == 429)
        others = [fill(door, f"8.8.8.{host}") for host in range(40)]
        assert [answer.status_code for answer in others[:5]] == [200] * 5
        assert any("With JavaScript" in answer.text for answer in others if answer.status_code == 429)
        assert tell(door, prove(tell(door))).status_code == 201, "the page with its script still gets through"


def test_whoever_is_over_a_limit_has_the_forms_share(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_CLIENT_TIPS_PER_HOUR="1", TIPLINE_TRUSTED_PROXIES="127.0.0.1") as door:
        answers = [fill(door, "9.9.9.9").status_code for _ in range(20)]
        assert answers[:7] == [200] * 7
        assert 429 in answers


def test_a_flood_asks_for_no_proof_of_what_has_begun(new_intake: NewIntake) -> None:
    with new_intake(**AUTO) as door:
        url = urljoin(f"{door.url}/files/", begin(door).headers["location"])
        for _ in range(10):
            tell(door)
        prove(tell(door))
        assert httpx.head(url, headers=TUS, verify=False).headers["upload-offset"] == "0"
        headers = {**TUS, **BYTES, "Upload-Offset": "0"}
        assert httpx.patch(url, headers=headers, content=b"abc", verify=False).status_code == 204


def test_joining_is_opening_and_joining_again_is_not(new_intake: NewIntake) -> None:
    with new_intake(**ALWAYS) as door:
        parts = []
        for content in (b"abc", b"def"):
            headers = {**BYTES, "Upload-Concat": "partial"}
            opened = begin(door, **headers, Tipline_Proof=prove(begin(door, **headers)))
            parts.append(opened.headers["location"])
            patched = {**TUS, **BYTES, "Upload-Offset": "0"}
            httpx.patch(urljoin(door.url, parts[-1]), headers=patched, content=content, verify=False)

        def join(*joined: str, **headers: str) -> httpx.Response:
            final = {**TUS, "Upload-Concat": f"final;{' '.join(joined)}", **headers}
            return httpx.post(f"{door.url}/files/", headers=final, verify=False)

        proof = prove(join(*parts))
        assert join(*parts, **{"Tipline-Proof": proof}).status_code == 201
        assert join(*parts).status_code == 201, "asked again because the answer was lost"


def test_nothing_is_left_of_what_was_refused(new_intake: NewIntake, spool_dir: Path) -> None:
    with new_intake(**ALWAYS) as door:
        prove(begin(door))
    assert not list(spool_dir.iterdir())


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
