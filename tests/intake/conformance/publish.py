"""`python -m tests.intake.conformance.publish`: ask our door and the peer, and write docs/conformance.md."""

import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tests.intake.conformance.differences import DIFFERENCES
from tests.intake.conformance.rows import family_of
from tests.intake.conformance.table import Answered, counts
from tests.intake.conftest import ROOT

DOCUMENT = ROOT / "docs" / "conformance.md"
_HERE = Path(__file__).parent
_ANSWERED, _FAILED = 0, 1
_WIDTH = 118


def ask(*words: str) -> list[Answered]:
    """Ask every row, of our door or of whom `words` say; raises `RuntimeError` where that fails."""
    with tempfile.TemporaryDirectory() as directory:
        answers = Path(directory) / "answers.json"
        command = [sys.executable, "-m", "pytest", str(_HERE.relative_to(ROOT)), "-p", "no:randomly"]
        done = subprocess.run(
            [*command, "--tb=short", "--tus-json", str(answers), *words],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (_ANSWERED, _FAILED):
            raise RuntimeError(done.stdout + done.stderr)
        return [Answered(**row) for row in json.loads(answers.read_text())]


def page(ours: Sequence[Answered], theirs: Sequence[Answered]) -> str:
    """Write the page; raises `KeyError` for a difference that `DIFFERENCES` has no sentence for."""
    peer = {row.id: row.answer for row in theirs}
    return (_HERE / "page.md").read_text().format(
        peer=_peer_version(),
        ours=counts(ours),
        theirs=counts(theirs),
        tables="".join(_tables(ours, peer)),
        differences="".join(_differences([row.id for row in ours if peer[row.id] != row.answer])),
    )  # fmt: skip


def _tables(ours: Sequence[Answered], peer: dict[str, str]) -> list[str]:
    lines = []
    for family, rows in groupby(ours, key=lambda row: family_of(row.id)):
        lines += [f"\n## {family}\n\n", "| row | what is asked | Tipline | peer |\n", "|---|---|---|---|\n"]
        lines += [f"| `{row.id}` | {row.sentence} | {row.answer} | {peer[row.id]} |\n" for row in rows]
    return lines


def _differences(differing: Sequence[str]) -> list[str]:
    about: dict[str, int] = {}
    for name in differing:
        key = name if name in DIFFERENCES else family_of(name)
        about[key] = about.get(key, 0) + 1
    return [
        textwrap.fill(
            f"- `{key}`{f' ({count} rows)' if count > 1 else ''}: {DIFFERENCES[key]}",
            _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False,
        ) + "\n"
        for key, count in about.items()
    ]  # fmt: skip


def _peer_version() -> str:
    names = ("@tus/server", "@tus/file-store")
    versions = (json.loads((ROOT / f"node_modules/{name}/package.json").read_text()) for name in names)
    return " over ".join(f"{each['name']} {each['version']}" for each in versions)


if __name__ == "__main__":
    DOCUMENT.write_text(page(ask(), ask("--tus-peer")))
