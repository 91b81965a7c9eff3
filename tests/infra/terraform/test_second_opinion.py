"""checkov finds nothing in our modules but what we have said, in a line each, that we do on purpose."""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.infra.terraform.working import CODE, ROOT

_CHECKOV = ROOT / ".cache/checkov/bin/checkov"
_SKIP = re.compile(r"#checkov:skip=(\w+): (.*)")


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    words = ["-d", str(CODE), "--framework", "terraform", "--skip-download", "--compact", "-o", "json"]
    done = subprocess.run([str(_CHECKOV), *words], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["summary"]["parsing_errors"] == 0
    return dict(found["results"])


def test_nothing_is_found_that_is_not_on_purpose(results: dict[str, Any]) -> None:
    failed = {
        (check["check_id"], check["resource"], check["check_name"]) for check in results["failed_checks"]
    }
    assert sorted(failed) == []
    assert len(results["passed_checks"]) > 100


def test_every_exception_says_why_and_is_still_needed(results: dict[str, Any]) -> None:
    said = {skip for file in CODE.rglob("*.tf") for skip in _SKIP.findall(file.read_text())}
    assert [(check, why) for check, why in said if len(why.split()) < 2] == []
    assert {check for check, _ in said} == {check["check_id"] for check in results["skipped_checks"]}
