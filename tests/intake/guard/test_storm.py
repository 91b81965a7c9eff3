"""Fifty to one: a flood without proofs gets nowhere, and everybody honest gets through. Counts, no times."""

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Iterable
from urllib.parse import urljoin

import httpx

from intake.guard.proof import Challenge, solve
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import BYTES, TUS

HONEST, FLOOD = 20, 50
THRESHOLD = 60
# Of all forms together a tenth of the threshold a minute, so that nobody without script finds it used up.
WITHOUT_SCRIPT = 3
SETTINGS = {
    "TIPLINE_FLOOD_TIPS_PER_MINUTE": str(THRESHOLD),
    "TIPLINE_PROOF_BITS": "2",
    "TIPLINE_TRUSTED_PROXIES": "127.0.0.1",
}


def come_from(door: Intake, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=door.url, headers={"X-Forwarded-For": address}, verify=False, timeout=60.0
    )


async def flood(door: Intake, address: str) -> list[int]:
    """Knock `FLOOD` times for tips and for uploads without one, with nothing or what is no proof."""
    forged = Challenge.new(2_000_000_000, 1).signed(bytes(32))
    proofs = [{}, {"Tipline-Proof": "1-2-3-4"}, {"Tipline-Proof": f"{forged}.1-2-3-4"}]
    async with come_from(door, address) as client:
        answers = []
        for number in range(FLOOD):
            headers = proofs[number % len(proofs)]
            if number % 2:
                answer = await client.post("/tips", json={"what": "nothing"}, headers=headers)
            else:
                answer = await client.post("/files/", headers={**TUS, "Upload-Length": "9", **headers})
            answers.append(answer.status_code)
    return answers


async def send_honestly(door: Intake, address: str) -> list[int]:
    """Send a tip with a file as the page does: a proof where one is asked for."""
    async with come_from(door, address) as client:
        answer = await client.post("/tips", json={"what": "a van"})
        if answer.status_code == 429:
            proof = await asyncio.to_thread(solve, answer.json())
            answer = await client.post("/tips", json={"what": "a van"}, headers={"Tipline-Proof": str(proof)})
        if answer.status_code != 201:
            return [answer.status_code]
        token = base64.b64encode(answer.json()["token"].encode()).decode()
        headers = {**TUS, "Upload-Length": "3", "Upload-Metadata": f"tip {token}"}
        opened = await client.post("/files/", headers=headers)
        url = urljoin("/files/", opened.headers.get("location", ""))
        sent = await client.patch(url, headers={**TUS, **BYTES, "Upload-Offset": "0"}, content=b"abc")
    return [opened.status_code, sent.status_code]


async def fill_the_form(door: Intake, address: str) -> list[int]:
    async with come_from(door, address) as client:
        return [(await client.post("/tips/form", files={"what": (None, "a van")})).status_code]


async def count(requests: Iterable[Awaitable[list[int]]]) -> Counter[int]:
    return Counter(status for statuses in await asyncio.gather(*requests) for status in statuses)


def test_under_a_flood_of_fifty_to_one_everybody_honest_succeeds(
    new_intake: NewIntake, database: Database
) -> None:
    async def storm(door: Intake) -> tuple[Counter[int], Counter[int], Counter[int]]:
        await count([flood(door, f"9.9.{host}.9") for host in range(3)])  # it has risen
        return await asyncio.gather(
            count([flood(door, f"9.9.{host}.9") for host in range(HONEST)]),
            # Every other one is behind the same address as a part of the flood.
            count([send_honestly(door, f"{8 + host % 2}.9.{host}.9") for host in range(HONEST)]),
            count([fill_the_form(door, f"7.7.7.{host}") for host in range(WITHOUT_SCRIPT)]),
        )

    with new_intake(**SETTINGS) as door:
        flooded, honest, forms = asyncio.run(storm(door))
    assert flooded == {429: FLOOD * HONEST}
    assert honest == {201: HONEST, 204: HONEST}
    assert forms == {200: WITHOUT_SCRIPT}
    with database.as_admin() as conn:
        # What came before the flood had risen is all that it brought.
        [(tips,)] = conn.execute("SELECT count(*) FROM tip").fetchall()
        assert tips <= HONEST + WITHOUT_SCRIPT + THRESHOLD
        assert conn.execute("SELECT count(*) FROM media").fetchone() == (HONEST,)
