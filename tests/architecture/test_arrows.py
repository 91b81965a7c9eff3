"""The shape of the house, held by contract (pyproject.toml, tool.importlinter) and by what must not exist."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("evidence", "intake", "workers", "web", "tipline")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "services", "models"}
LONGEST_FILE = 300


def python_files() -> list[Path]:
    return [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]


def test_arrows_point_down() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_there_are_no_drawers() -> None:
    assert [file for file in python_files() if file.stem in DRAWERS or file.parent.name in DRAWERS] == []


def test_files_stay_small_enough_to_read() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in python_files()
        if (lines := len(file.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}
