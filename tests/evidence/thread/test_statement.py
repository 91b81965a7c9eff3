"""A statement is checked without us, by the script that the documentation hands out."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from nacl.signing import SigningKey

from evidence.ledger.checkpoint import Checkpoint
from evidence.thread.statement import Statement, signer_of

SCRIPT = Path(__file__).parents[3] / "docs" / "check_statement.py"
KEY = SigningKey.generate()
CLIP = b"a clip"


def stated(signing_key: SigningKey = KEY) -> Statement:
    at = datetime(2026, 11, 25, 14, 0, 0, 999, tzinfo=timezone(-timedelta(hours=6)))
    return Statement.sign(
        sha256=hashlib.sha256(CLIP).digest(), size=len(CLIP), received_at=at,
        sealed_at=at + timedelta(minutes=2), signing_key=bytes(signing_key),
    )  # fmt: skip


def checked(
    folder: Path, *statements: Statement, files: tuple[Path, ...] = (), keys: tuple[SigningKey, ...] = (KEY,)
) -> tuple[int, str]:
    """Run the script on a file as the public door hands it out."""
    path, published = folder / "tip-statement.json", [bytes(key.verify_key) for key in keys]
    signed = [
        {"text": one.text, "signature": one.signature.hex(), "key": signer_of(one, published).hex()}
        for one in statements
    ]
    path.write_text(json.dumps({"agency": "Springfield", "key": "00", "statements": signed}))
    command = [sys.executable, SCRIPT, path, ",".join(key.hex() for key in published), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_script_says_what_was_handed_over_and_when(tmp_path: Path) -> None:
    clip, other = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    clip.write_bytes(CLIP)
    other.write_bytes(b"another")
    code, said = checked(tmp_path, stated(), files=(clip, other))
    assert code == 0
    assert '"received_at": "2026-11-25T20:00:00+00:00", "sealed_at": "2026-11-25T20:02:00+00:00"' in said
    assert f"{clip} was handed over" in said
    assert f"{other} is in no statement" in said


def test_the_script_believes_nobody_else_and_nothing_that_was_changed(tmp_path: Path) -> None:
    assert checked(tmp_path, stated(SigningKey.generate()))[0] != 0
    forged = replace(stated(), text=stated().text.replace('"bytes": 6', '"bytes": 7'))
    assert checked(tmp_path, stated(), forged)[0] != 0
    assert checked(tmp_path) == (0, "")


def test_statements_of_a_key_before_are_checked_by_it(tmp_path: Path) -> None:
    new = SigningKey.generate()
    assert checked(tmp_path, stated(), stated(new), keys=(new, KEY))[0] == 0
    assert checked(tmp_path, stated(), stated(SigningKey.generate()), keys=(new, KEY))[0] != 0


def test_no_other_signature_of_the_same_key_passes_for_a_statement(tmp_path: Path) -> None:
    head = Checkpoint.sign(1, bytes(32), bytes(KEY))
    assert checked(tmp_path, Statement(head.body.decode(), head.signature))[0] != 0


def test_it_names_nobody_and_no_tip() -> None:
    assert json.loads(stated().text).keys() == {"sha256", "bytes", "received_at", "sealed_at"}


def test_the_script_is_short_enough_to_be_read() -> None:
    code = SCRIPT.read_text().split('"""')[2]
    lines = [line for line in code.splitlines() if line and not line.startswith(("import", "from"))]
    assert len(lines) <= 10
