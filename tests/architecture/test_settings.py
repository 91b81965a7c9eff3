"""Every setting is in the operator's book, and the book tells of no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("evidence", "intake", "workers", "web", "tipline")
SETTING = re.compile(r"\bTIPLINE_[A-Z0-9_]*[A-Z0-9]\b")


def test_operations_lists_the_settings_that_the_code_knows() -> None:
    known = {
        name
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for name in SETTING.findall(file.read_text())
    }
    assert len(known) > 30
    assert set(SETTING.findall((ROOT / "docs/operations.md").read_text())) == known
