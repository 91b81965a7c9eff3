"""Dave audits: whatever is changed behind the system's back, `tipline verify` names it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from evidence.db.connect import connect
from evidence.ledger.entry import GENESIS, entry_hash
from evidence.ledger.read import chain_rows
from tests.journeys.town import Town, running_town
from tests.waiting import eventually
from tipline.up.postgres import ADMIN
from tipline.up.reach import with_login
from tipline.up.secrets import Secrets


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town of this test's own, since it will be damaged; it signs its checkpoints more often."""
    with running_town(tmp_path / "var", {"TIPLINE_CHECKPOINT_SECONDS": "2"}) as town:
        yield town


@pytest.fixture
def tip(town: Town, short_clip: Path) -> dict[str, Any]:
    """A settled tip whose every entry is under a signed checkpoint."""
    town.tipline("send", str(short_clip), "--to", town.public_url, "--message", "a clip")
    tip = town.wait_settled()
    eventually(
        lambda: " 0 entries of the whole ledger await" in verified(town), what="a checkpoint", within=150
    )
    return tip


def verified(town: Town) -> str:
    done = town.tipline("verify", "--all", check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def faults(town: Town) -> str:
    done = town.tipline("verify", "--all", check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout


def admin_url(town: Town) -> str:
    """The database as its owner and superuser, whom nothing in the database can stop."""
    instance = json.loads((town.data / "run/instance.json").read_text())
    password = Secrets.kept_in(town.data / "secrets").admin_password
    return with_login(instance["database"], ADMIN, password)


def test_one_changed_byte_of_the_original_is_named(town: Town, tip: dict[str, Any], short_clip: Path) -> None:
    """The byte is changed in the store's own files, under its feet; only the original holds this trace."""
    needle = b"CANARY-PHONE"
    assert short_clip.read_bytes().count(needle) == 1
    touched = 0
    for volume in (town.data / "store").rglob("*.dat"):
        content = volume.read_bytes()
        position = content.find(needle)
        if position >= 0:
            with volume.open("r+b") as file:
                file.seek(position)
                file.write(bytes([needle[0] ^ 1]))
            touched += 1
    assert touched == 1, "the original lies in exactly one place"
    said = faults(town)
    assert tip["id"] in said
    assert f"original of media {tip['media'][0]['id']}" in said


def test_a_rewritten_chain_is_named_even_when_it_is_consistent(town: Town, tip: dict[str, Any]) -> None:
    """The database's owner disables the triggers and rewrites entries, hashes and the log, all of a piece."""
    chain = UUID(tip["id"])
    with connect(admin_url(town)) as conn:
        for table in ("ledger", "ledger_log", "checkpoint"):
            conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        previous = GENESIS
        for row in chain_rows(conn, chain):
            body = row.body.replace(b"a clip", b"a lie").replace(b'"web"', b'"sms"')
            digest = entry_hash(previous, body)
            conn.execute(
                "UPDATE ledger SET body = %s, previous = %s, hash = %s WHERE (chain, sequence) = (%s, %s)",
                [body, previous, digest, chain, row.sequence],
            )
            conn.execute(
                "UPDATE ledger_log SET hash = %s WHERE (chain, sequence) = (%s, %s)",
                [digest, chain, row.sequence],
            )
            previous = digest
    lines = [line for line in faults(town).splitlines() if "entry_rewritten" in line]
    assert lines
    assert all(line.startswith(tip["id"]) for line in lines)


def test_a_media_row_that_was_pointed_elsewhere_is_named(town: Town, tip: dict[str, Any]) -> None:
    """Fixity follows the ledger, not the rows an owner can change."""
    with connect(admin_url(town)) as conn:
        conn.execute("UPDATE media SET sha256 = %s", [hashlib.sha256(b"another").digest()])
    said = faults(town)
    assert "row_changed" in said
    assert tip["id"] in said
