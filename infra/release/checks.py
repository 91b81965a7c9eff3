"""What has to be so before anything is called a release: of the checkout, before it is built."""

import json
import re
from datetime import date
from pathlib import Path

from infra.release.tools import ToolFailed, run

VERSION_FILE, CHANGELOG, TESTED = "evidence/version.py", "CHANGELOG.md", ".cache/tested"
_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_IN_FILE = re.compile(r'(?<=^VERSION = ")[^"]+(?=")', re.MULTILINE)
_UNRELEASED = "## [Unreleased]\n"


class NotReady(Exception):
    """A release was asked for that cannot be made; the message says what to do."""


def order(version: str) -> tuple[int, int, int]:
    """Return a version as something to compare. Raises `NotReady` where it is none."""
    parts = _SEMVER.fullmatch(version)
    if parts is None:
        raise NotReady(f"{version} is no version; say three numbers, as 1.4.0")
    return int(parts[1]), int(parts[2]), int(parts[3])


def version_of(source: Path) -> str:
    """Return the version that the source says it is."""
    found = _IN_FILE.search((source / VERSION_FILE).read_text("utf-8"))
    if found is None:
        raise NotReady(f"{VERSION_FILE} has no VERSION")
    return found[0]


def raise_to(source: Path, version: str, today: date) -> None:
    """Write a new version everywhere it stands, and close the changelog's section. Nothing is committed."""
    if order(version) < order(version_of(source)) or _git(source, "tag", "--list", f"v{version}"):
        raise NotReady(f"{version} is not newer than what there is")
    changelog = source / CHANGELOG
    text = changelog.read_text("utf-8")
    if not _section(text, "Unreleased").strip():
        raise NotReady(f"{CHANGELOG} says nothing under Unreleased")
    named = f"{_UNRELEASED}\n## [{version}] - {today.isoformat()}\n"
    changelog.write_text(text.replace(_UNRELEASED, named, 1), "utf-8")
    file = source / VERSION_FILE
    file.write_text(_IN_FILE.sub(version, file.read_text("utf-8")), "utf-8")
    for name in ("package.json", "package-lock.json"):
        node = json.loads((source / name).read_text("utf-8"))
        node["version"] = version
        if name == "package-lock.json":
            node["packages"][""]["version"] = version
        (source / name).write_text(json.dumps(node, indent=2, ensure_ascii=False) + "\n", "utf-8")


def check(source: Path, version: str) -> str:
    """Return the commit to be released. Raises `NotReady` with everything that is not as it has to be."""
    order(version)
    faults = []
    if said := _git(source, "status", "--porcelain"):
        faults.append(f"the tree is not clean: {said.splitlines()[0].strip()}, ...")
    if (branch := _git(source, "branch", "--show-current")) != "main":
        faults.append(f"this is the branch {branch or '(none)'}; releases are made of main")
    if _git(source, "tag", "--list", f"v{version}"):
        faults.append(f"the tag v{version} is there already")
    earlier = [tag for tag in _git(source, "tag", "--list", "v*").split() if _SEMVER.fullmatch(tag[1:])]
    if newer := [tag for tag in earlier if order(tag[1:]) > order(version)]:
        faults.append(f"{newer[-1]} is newer")
    said_to_be = {
        VERSION_FILE: version_of(source),
        "package.json": json.loads((source / "package.json").read_text("utf-8"))["version"],
        "package-lock.json": json.loads((source / "package-lock.json").read_text("utf-8"))["version"],
    }
    faults += [
        f"{file} says {said}; `python -m infra.release raise {version}`, then commit"
        for file, said in said_to_be.items()
        if said != version
    ]
    if not re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", (source / CHANGELOG).read_text("utf-8"), re.M
    ):
        faults.append(f"{CHANGELOG} has no section [{version}] with its day")
    commit = _git(source, "rev-parse", "HEAD")
    tested = source / TESTED
    if not tested.is_file() or tested.read_text().strip() != commit:
        faults.append(f"`make test` has not passed at {commit[:12]}; it writes {TESTED}")
    if faults:
        raise NotReady("\n".join(faults))
    return commit


def _section(text: str, name: str) -> str:
    found = re.search(rf"^## \[{re.escape(name)}\][^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found[1] if found else ""


def _git(source: Path, *words: str) -> str:
    try:
        return run(["git", *words], cwd=source).strip()
    except ToolFailed as failure:
        raise NotReady(f"git says: {failure}") from None
