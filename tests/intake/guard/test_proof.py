"""A proof of work: what holds, what does not, and that it counts once."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import Invalid
from intake.guard.proof import ANSWERS, LIFETIME_SECONDS, Challenge, Proof, key_from, solve
from intake.guard.spent import Spent

KEY = key_from("postgresql://intake:secret@127.0.0.1/tipline")
NOW = 1_800_000_000.0


def test_a_solution_holds_and_another_does_not() -> None:
    challenge = Challenge.new(NOW, bits=3)
    members = challenge.members(KEY)
    proof = solve(members)
    assert Proof.read(str(proof)) == proof
    assert Challenge.read(proof.challenge, KEY) == challenge
    assert challenge.holds(proof.answers)
    assert not challenge.holds(proof.answers[:-1])
    assert not Challenge.new(NOW, bits=12).holds(proof.answers)


@pytest.mark.parametrize(
    "odd",
    [
        {"bits": 13},
        {"bits": "many"},
        {"answers": 5},
        {"memory_kib": 2**20},
        {"salt": "no base64"},
        {"salt": ""},
        {"challenge": None, "salt": None},
    ],
)
def test_no_server_can_make_a_solver_work_for_hours_or_stumble(odd: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="cannot give"):
        solve({**Challenge.new(NOW, bits=3).members(KEY), **odd})


@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32))
def test_nobody_else_can_write_a_challenge(raw: bytes, key: bytes) -> None:
    assert Challenge.read(base64.urlsafe_b64encode(raw).decode(), KEY) is None
    assert Challenge.read(Challenge.new(NOW, 5).signed(key), KEY) is None


@given(st.integers(0, 40), st.integers(0, 255))
def test_a_challenge_is_bound_to_its_bits_and_its_end(position: int, value: int) -> None:
    challenge = Challenge.new(NOW, 5)
    raw = bytearray(base64.urlsafe_b64decode(challenge.signed(KEY) + "=="))
    raw[position] ^= value
    read = Challenge.read(base64.urlsafe_b64encode(raw).decode().rstrip("="), KEY)
    assert read == (challenge if value == 0 else None)


@given(st.text(max_size=200))
def test_any_header_is_a_proof_or_none(header: str) -> None:
    proof = Proof.read(header)
    assert proof is None or len(proof.answers) == ANSWERS
    assert proof is None or Challenge.read(proof.challenge, KEY) is None


def test_it_is_spent_once_and_only_in_its_time() -> None:
    spent, challenge = Spent(), Challenge.new(NOW, 5)
    assert spent.spend(challenge, NOW)
    assert not spent.spend(challenge, NOW)
    assert not Spent().spend(challenge, NOW + LIFETIME_SECONDS)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 5))
def test_none_is_spent_twice_however_little_is_remembered(issued: list[int], most: int) -> None:
    spent, taken = Spent(most), set()
    challenges = [Challenge.new(NOW + at, 5) for at in issued]
    for now, challenge in enumerate(challenges * 2):
        if spent.spend(challenge, NOW + now):
            assert challenge.nonce not in taken
            taken.add(challenge.nonce)
        assert len(spent) <= most
