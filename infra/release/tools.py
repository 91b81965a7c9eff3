"""The programs that a release is made with, wherever `bootstrap/prepare` found them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
"""The checkout."""


class ToolFailed(Exception):
    """A program of others ended badly; the message holds what it said last."""


def uv() -> str:
    """Return uv's path: this machine's, or the one that `bootstrap/prepare` fetched."""
    return shutil.which("uv") or str(ROOT / ".cache/uv/bin/uv")


def node(*command: str) -> list[str]:
    """Return a command line with Node, npm or npx on its path."""
    return [str(ROOT / "bootstrap/with-node"), *command]


def python_tool(name: str) -> str:
    """Return the path of a program that came with the Python packages for tests."""
    return str(Path(sys.executable).with_name(name))


def run(
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    ends: Sequence[int] = (0,),
    seconds: float | None = None,
) -> str:
    """Run a command and return what it printed. Raises `ToolFailed`, also where it took too long."""
    try:
        done = subprocess.run(  # noqa: S603 (our own command lines)
            command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False,
            timeout=seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise ToolFailed(f"{command[0]} did not end within {late.timeout:.0f} seconds") from None
    if done.returncode not in ends:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ToolFailed(f"{' '.join(command[:4])} ended with {done.returncode}: {' / '.join(said)}")
    return done.stdout


def run_json(command: Sequence[str], *, ends: Sequence[int] = (0,), seconds: float | None = None) -> Any:
    """Run a command that prints JSON. Raises `ToolFailed`, also where it printed something else."""
    printed = run(command, ends=ends, seconds=seconds)
    try:
        return json.loads(printed)
    except json.JSONDecodeError:
        raise ToolFailed(f"{command[0]} printed no JSON: {printed[:200]!r}") from None
