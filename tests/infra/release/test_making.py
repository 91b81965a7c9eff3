"""A release is made of one commit that is ready, twice the same, and says what it is made of."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.release import checks
from infra.release.__main__ import assemble
from infra.release.statement import sha256, statement
from infra.release.tools import ROOT

NEXT = "99.0.0"


@dataclass(frozen=True)
class Checkout:
    """A clone of this house that is ready to be released as `NEXT`."""

    path: Path
    commit: str


def git(path: Path, *words: str) -> str:
    named = ["-c", "user.name=alice", "-c", "user.email=alice@example.org"]
    done = subprocess.run(["git", *named, *words], cwd=path, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    path = tmp_path_factory.mktemp("house") / "tipline"
    git(ROOT, "clone", "--quiet", "--no-tags", str(ROOT), str(path))
    git(path, "checkout", "--quiet", "-B", "main")
    changelog = path / checks.CHANGELOG
    changelog.write_text(
        changelog.read_text().replace(
            "## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- One thing.\n", 1
        )
    )
    checks.raise_to(path, NEXT, date(2026, 12, 1))
    git(path, "commit", "--quiet", "--all", "--message", "Release")
    commit = git(path, "rev-parse", "HEAD")
    (path / checks.TESTED).parent.mkdir()
    (path / checks.TESTED).write_text(commit + "\n")
    return Checkout(path, commit)


@pytest.fixture
def another(ready: Checkout, tmp_path: Path) -> Path:
    """A copy to spoil."""
    path = tmp_path / "tipline"
    git(ready.path, "clone", "--quiet", str(ready.path), str(path))
    shutil.copytree(ready.path / ".cache", path / ".cache")
    return path


def test_raising_writes_the_version_everywhere_and_closes_the_section(ready: Checkout) -> None:
    assert checks.version_of(ready.path) == NEXT
    for name in ("package.json", "package-lock.json"):
        assert json.loads((ready.path / name).read_text())["version"] == NEXT
    assert "## [Unreleased]\n\n## [99.0.0] - 2026-12-01\n" in (ready.path / checks.CHANGELOG).read_text()
    # No dependency moved with it.
    assert git(ready.path, "diff", "--numstat", "HEAD~", "--", "*.json") == (
        "2\t2\tpackage-lock.json\n1\t1\tpackage.json"
    )


def test_what_is_ready_is_named_by_its_commit(ready: Checkout) -> None:
    assert checks.check(ready.path, NEXT) == ready.commit


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: (path / "README.md").write_text("else"), "the tree is not clean"),
        (lambda path: git(path, "checkout", "--quiet", "-b", "side"), "releases are made of main"),
        (lambda path: git(path, "tag", f"v{NEXT}"), "is there already"),
        (lambda path: git(path, "tag", "v99.1.0"), "v99.1.0 is newer"),
        (lambda path: (path / checks.TESTED).write_text("of yesterday"), "`make test` has not passed"),
        (lambda path: (path / checks.TESTED).unlink(), "`make test` has not passed"),
    ],
)  # fmt: skip
def test_what_is_not_ready_is_told(another: Path, spoil: object, told: str) -> None:
    assert callable(spoil)
    spoil(another)
    with pytest.raises(checks.NotReady, match=told):
        checks.check(another, NEXT)


def test_another_version_than_the_source_says_is_refused_with_what_to_do(ready: Checkout) -> None:
    with pytest.raises(checks.NotReady) as refused:
        checks.check(ready.path, "99.0.1")
    for told in ("evidence/version.py says 99.0.0", "package-lock.json says", "no section [99.0.1]"):
        assert told in str(refused.value)
    with pytest.raises(checks.NotReady, match="three numbers"):
        checks.check(ready.path, "v1")


@pytest.fixture(scope="module")
def made(ready: Checkout, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return assemble(ready.path, ready.commit, NEXT, tmp_path_factory.mktemp("made"))


def test_it_is_the_same_bytes_made_again(ready: Checkout, made: list[Path], tmp_path: Path) -> None:
    again = assemble(ready.path, ready.commit, NEXT, tmp_path)
    assert [(file.name, sha256(file)) for file in again] == [(file.name, sha256(file)) for file in made]


def test_the_wheel_holds_all_that_runs(made: list[Path], tmp_path: Path) -> None:
    shutil.unpack_archive(made[1], tmp_path, "zip")
    for needed in (
        "web/citizen/dist/manifest.json", "web/console/static/dist/manifest.json",
        "web/citizen/templates/tip.html",
        "web/citizen/translations/es/LC_MESSAGES/messages.mo", "web/console/translations/es.po",
        "intake/texting/translations/es.po", "evidence/db/migrations",
    ):  # fmt: skip
        assert (tmp_path / needed).exists(), needed
    assert not any((tmp_path / stray).exists() for stray in ("tests", "bench", "infra", "node_modules"))
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tipline.cli import main; main()"
    command = [sys.executable, "-c", code, str(tmp_path), "--version"]
    assert NEXT in subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout


def test_its_bills_of_materials_are_valid_and_name_what_wheels_carry(made: list[Path]) -> None:
    python, node = (file.read_text() for file in made if file.name.endswith(".cdx.json"))
    for bill in (python, node):
        assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(bill) is None
        assert json.loads(bill)["metadata"]["component"]["version"] == NEXT
    carried = {
        component["name"]: component["licenses"]
        for component in json.loads(python)["components"]
        if component["bom-ref"].startswith("inside:")
    }
    assert carried["libx265"] == [{"expression": "GPL-2.0-or-later"}]
    assert carried["age"] == [{"expression": "Apache-2.0 OR MIT"}]
    assert "pytest" not in {component["name"] for component in json.loads(python)["components"]}
    assert "tus-js-client" in {component["name"] for component in json.loads(node)["components"]}


def test_the_statement_names_every_file_and_claims_no_more_than_it_may(
    ready: Checkout, made: list[Path]
) -> None:
    audited = {"pip-audit": "nobody: no network; a drill", "npm audit": "nothing against any package"}
    told = json.loads(statement(ready.path, ready.commit, NEXT, made, audited, datetime.now(UTC)))
    assert told["predicateType"] == "https://slsa.dev/provenance/v1"
    assert {one["name"]: one["digest"]["sha256"] for one in told["subject"]} == {
        f.name: sha256(f) for f in made
    }
    predicate = told["predicate"]
    assert predicate["buildDefinition"]["resolvedDependencies"][0]["digest"] == {"gitCommit": ready.commit}
    assert "a-machine-of-the-releaser" in predicate["runDetails"]["builder"]["id"]
    assert predicate["runDetails"]["byproducts"][1]["annotations"]["heard"].startswith("nobody")
    assert str(ROOT) not in json.dumps(told)
