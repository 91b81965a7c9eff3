"""Every version that somebody may run, as an installation of its own: its code, under a Python of its own.

A version's code comes out of git, its libraries are today's: which version of a library it was released with
is not tried here. Its pages' assets are today's too, since to build them wants its Node packages.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_UNTIL_RELEASED = Path(__file__).with_name("before_the_first_release")
_TIPLINE = "import sys; from tipline.cli import main; sys.argv[0] = 'tipline'; main()"
_BUILT = ("web/citizen/dist", "web/console/static/dist")
_START_SECONDS = 120


def versions() -> list[str]:
    """Every released version but the one that is checked out, oldest first; before the first, one commit."""
    told = _git("tag", "--list", "v*", "--sort=version:refname", "--no-contains", "HEAD")
    return told.split() or [_UNTIL_RELEASED.read_text().splitlines()[-1]]


@dataclass
class Version:
    """A version's tree, and a Python that runs it."""

    tree: Path
    python: Path

    def run(self, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `tipline WORDS` of this version."""
        return subprocess.run(
            [self.python, "-c", _TIPLINE, *words],
            cwd=self.tree,
            env={**os.environ, "TIPLINE_DATA": str(data)},
            capture_output=True,
            text=True,
            check=False,
        )

    def tips(self, data: Path) -> list[dict[str, Any]]:
        """`tipline tips --json`, newest first."""
        told = self.run(data, "tips", "--json")
        assert told.returncode == 0, told.stderr
        listed: list[dict[str, Any]] = json.loads(told.stdout)
        return listed

    @contextmanager
    def up(self, data: Path) -> Iterator[str]:
        """`tipline up` of this version, and its public address; ended by SIGTERM."""
        ports = ("--data", str(data), "--intake-port", "0", "--console-port", "0")
        with (data.parent / "before.log").open("w") as log:
            process = subprocess.Popen(
                [self.python, "-u", "-c", _TIPLINE, "up", *ports], cwd=self.tree, stdout=subprocess.PIPE,
                stderr=log, text=True,
            )  # fmt: skip
            too_late = threading.Timer(_START_SECONDS, process.terminate)
            too_late.start()
            try:
                assert process.stdout is not None
                lines = [process.stdout.readline() for _ in range(3)]
                assert all(lines), (data.parent / "before.log").read_text()
                yield lines[0].split()[-1].rstrip("/")
            finally:
                too_late.cancel()
                process.send_signal(signal.SIGTERM)
                process.wait(60)
                process.stdout.close()


def installed(name: str, folder: Path) -> Version:
    """Take a version's code out of git, and put today's libraries beside it (as links)."""
    tree, venv = folder / "tree", folder / "venv"
    tree.mkdir(parents=True)
    _require(name)
    archive = subprocess.run(["git", "archive", name], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)
    for built in _BUILT:
        shutil.copytree(ROOT / built, tree / built)
    for catalogue in ROOT.glob("web/citizen/translations/*/LC_MESSAGES/*.mo"):
        shutil.copy(catalogue, tree / catalogue.relative_to(ROOT))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    here, there = _packages(Path(sys.prefix)), _packages(venv)
    shutil.copytree(here, there, dirs_exist_ok=True, copy_function=_linked)
    for link in there.glob("*tipline*.pth"):
        link.unlink()
    (there / "version.pth").write_text(f"{tree}\n")
    for program in ("weed", "dbmate"):
        _linked(Path(sys.prefix) / "bin" / program, venv / "bin" / program)
    return Version(tree, venv / "bin/python")


def _linked(source: str | Path, target: str | Path) -> None:
    """Link, or copy where temporary files lie on another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _packages(venv: Path) -> Path:
    return venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def _require(name: str) -> None:
    found = subprocess.run(["git", "cat-file", "-e", f"{name}^{{commit}}"], cwd=ROOT, check=False)
    assert found.returncode == 0, (
        f"This clone has no {name}: it is shallow, or no clone at all. To try upgrades, fetch the history:"
        " git fetch --unshallow --tags"
    )


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout
