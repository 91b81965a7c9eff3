"""A new migration lets the code before it go on: expand first, contract a release later (decision 34).

squawk (squawkhq.com, the wheel squawk-cli) knows what breaks running code and what holds a table for long.
A file that takes away what a release no longer uses says so: `-- contract: 1.4.0 no longer reads tip.size`.
Where a table is small for ever, `-- squawk-ignore RULE` stands above the statement, and the reason above it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_migrations import MIGRATIONS

SQUAWK = Path(sys.executable).parent / "squawk"
# Whatever came before the first release had no code before it that could be running.
FIRST_HELD = "20261126000018"

BREAKS_CODE = (
    "adding-not-nullable-field", "adding-required-field", "ban-drop-column", "ban-drop-table",
    "changing-column-type", "renaming-column", "renaming-table",
)  # fmt: skip
HOLDS_A_TABLE = (
    "adding-field-with-default", "constraint-missing-not-valid", "disallowed-unique-constraint",
    "require-concurrent-index-creation", "ban-concurrent-index-creation-in-transaction",
    "adding-foreign-key-constraint", "adding-primary-key-constraint",
)  # fmt: skip
# What squawk does not look for: the doors call functions by their arguments.
_DROPS = re.compile(
    r"^\s*(?:DROP|ALTER)\s+(?:FUNCTION|VIEW|TYPE)\b(?!.*\bOWNER TO\b)", re.IGNORECASE | re.MULTILINE
)
_CONTRACT = re.compile(r"^-- contract: \d+\.\d+\.\d+ \S", re.MULTILINE)
_ONLY_UP = re.compile(r"-- migrate:up.*?(?=-- migrate:down)", re.DOTALL)


def faults(file: Path) -> set[str]:
    """The rules that a migration breaks."""
    text = file.read_text()
    words = [str(SQUAWK), "--reporter", "json", "--pg-version", "18"]
    if "transaction:false" not in text:
        words.append("--assume-in-transaction")
    done = subprocess.run([*words, str(file)], capture_output=True, text=True, check=False)
    found = {fault["rule_name"] for fault in json.loads(done.stdout)}
    breaks = found & set(BREAKS_CODE)
    (up,) = _ONLY_UP.findall(text)
    if _DROPS.search(up):
        breaks.add("dropped-function")
    if _CONTRACT.search(text):
        breaks = set()
    return breaks | found & {*HOLDS_A_TABLE, "syntax-error"}


def test_new_migrations_expand() -> None:
    found = {file.name: faults(file) for file in MIGRATIONS if file.name >= FIRST_HELD}
    assert not any(found.values()), found


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE tip DROP COLUMN state;", "ban-drop-column"),
        ("DROP TABLE tip_note;", "ban-drop-table"),
        ("ALTER TABLE tip RENAME COLUMN state TO status;", "renaming-column"),
        ("ALTER TABLE tip RENAME TO hint;", "renaming-table"),
        ("ALTER TABLE media ALTER COLUMN bytes TYPE text;", "changing-column-type"),
        ("ALTER TABLE tip ADD COLUMN shoe_size integer NOT NULL;", "adding-required-field"),
        ("ALTER TABLE tip ALTER COLUMN language SET NOT NULL;", "adding-not-nullable-field"),
        ("DROP FUNCTION intake_ending(bytea, integer, integer, boolean);", "dropped-function"),
        ("CREATE INDEX media_mime ON media (mime);", "require-concurrent-index-creation"),
        (
            "CREATE INDEX CONCURRENTLY media_mime ON media (mime);",
            "ban-concurrent-index-creation-in-transaction",
        ),
        ("ALTER TABLE media ADD CONSTRAINT small CHECK (bytes < 9);", "constraint-missing-not-valid"),
    ],
)
def test_what_would_stop_the_code_before_is_named(tmp_path: Path, statement: str, rule: str) -> None:
    assert rule in faults(migration(tmp_path, statement))


def test_what_only_adds_passes_and_so_does_what_a_release_gave_up(tmp_path: Path) -> None:
    adds = (
        "ALTER TABLE tip ADD COLUMN shoe_size integer NOT NULL DEFAULT 0;\n"
        "CREATE TABLE shoe (id uuid PRIMARY KEY, size integer NOT NULL);\n"
        "CREATE INDEX shoe_of_size ON shoe (size);\n"
        "ALTER TABLE media ADD CONSTRAINT small CHECK (bytes < 9) NOT VALID;"
    )
    assert faults(migration(tmp_path, adds)) == set()
    gives_up = "-- contract: 1.4.0 no longer reads tip.shoe_size\nALTER TABLE tip DROP COLUMN shoe_size;"
    assert faults(migration(tmp_path, gives_up)) == set()


def migration(folder: Path, statements: str) -> Path:
    file = folder / "20990101000001_new.sql"
    file.write_text(
        f"-- migrate:up\nSET ROLE tipline_owner;\n\n{statements}\n\nRESET ROLE;\n\n-- migrate:down\n"
    )
    return file
