"""What is known against the packages in the lock files, asked by pip-audit and npm audit.

Neither tool says plainly that it learned nothing. pip-audit 2.10 prints "No known vulnerabilities found" and
ends with 0 where its service knows none of the packages (each is "skipped"); npm 11 ends with 1 both where
something was found and where the service refused to answer. So what came back is read here, and an answer
that is none is told as such.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.release.tools import ToolFailed, node, python_tool, run, run_json, uv

_PATIENCE = 60.0  # seconds for one tool
_FOUND_SOMETHING = 1


@dataclass(frozen=True, order=True)
class Finding:
    """One advisory against one package. `names` are all ids it goes by: PYSEC-..., GHSA-..., CVE-..."""

    package: str
    version: str
    names: tuple[str, ...]
    title: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {', '.join(self.names)} {self.title}".rstrip()


@dataclass(frozen=True)
class Heard:
    """What one tool brought back; `unheard` says of which packages nothing was learned, and why."""

    tool: str
    findings: tuple[Finding, ...]
    unheard: str


def ask_pip_audit(extra: Sequence[str] = ()) -> Heard:
    """Ask about every Python package in uv.lock, those for tests included."""
    with tempfile.TemporaryDirectory() as room:
        wanted = Path(room) / "requirements.txt"
        wanted.write_text(run([uv(), "export", "--frozen", "--all-groups", "--no-emit-project", "--quiet"]))
        command = [
            python_tool("pip-audit"),
            "--requirement",
            str(wanted),
            "--disable-pip",
            "--require-hashes",
        ]
        command += [
            "--format",
            "json",
            "--progress-spinner",
            "off",
            "--desc",
            "off",
            "--timeout",
            "5",
            *extra,
        ]
        try:
            told = run_json(command, ends=(0, _FOUND_SOMETHING), seconds=_PATIENCE)
        except ToolFailed as failure:
            return Heard("pip-audit", (), str(failure))
    return _read_pip_audit(told)


def ask_npm_audit(extra: Sequence[str] = ()) -> Heard:
    """Ask about every Node package in package-lock.json; none is installed for it."""
    command = node("npm", "audit", "--json", "--package-lock-only", "--fetch-retries=0", *extra)
    try:
        told = run_json(command, ends=(0, _FOUND_SOMETHING), seconds=_PATIENCE)
    except ToolFailed as failure:
        return Heard("npm audit", (), str(failure))
    if "vulnerabilities" not in told:
        return Heard("npm audit", (), str(told.get("message") or told.get("error") or "an empty answer"))
    return Heard("npm audit", _read_npm_audit(told), "")


def _read_pip_audit(told: Any) -> Heard:
    findings = tuple(
        Finding(
            one["name"],
            one["version"],
            (fault["id"], *fault.get("aliases", ())),
            _fixed(fault["fix_versions"]),
        )
        for one in told["dependencies"]
        for fault in one.get("vulns", ())
    )
    skipped = [one["name"] for one in told["dependencies"] if "skip_reason" in one]
    some = f"{', '.join(skipped[:3])}{', ...' if len(skipped) > 3 else ''}"
    unheard = (
        f"its service knew nothing of {len(skipped)} of {len(told['dependencies'])} packages ({some})"
        if skipped
        else ""
    )
    return Heard("pip-audit", findings, unheard)


def _read_npm_audit(told: Any) -> tuple[Finding, ...]:
    """A package is listed for each advisory of its own, and once more for every package that brings it."""
    return tuple(
        sorted(
            Finding(name, one["range"], (fault["url"].rpartition("/")[2],), fault["title"])
            for name, one in told["vulnerabilities"].items()
            for fault in one["via"]
            if isinstance(fault, dict)
        )
    )


def _fixed(versions: Sequence[str]) -> str:
    return f"(mended in {', '.join(versions)})" if versions else "(not mended yet)"
