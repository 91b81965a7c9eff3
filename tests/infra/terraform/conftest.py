"""Terraform over copies of our code, with AWS's schema; and an installation's plan from its own tests."""

import json
from typing import Any

import pytest

from tests.infra.terraform.working import Terraform


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return Terraform.installed(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="session")
def told(terraform: Terraform) -> list[dict[str, Any]]:
    """What `terraform test -verbose` said, line by line; it must have passed."""
    code = terraform.copy_of("tested")
    begun = terraform.run(code, "init", "-backend=false", "-input=false")
    assert begun.returncode == 0, begun.stderr
    done = terraform.run(code, "test", "-json", "-verbose")
    assert done.returncode == 0, done.stdout
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="session")
def plans(told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The plan of each run, by its name."""
    return {line["@testrun"]: line["test_plan"] for line in told if line["type"] == "test_plan"}


@pytest.fixture(scope="session")
def plan(plans: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The plan of the run `the_whole`."""
    return dict(plans["the_whole"])


@pytest.fixture(scope="session")
def outputs(plan: dict[str, Any]) -> dict[str, Any]:
    """Its outputs, by name, as far as they are known before anything is made."""
    return {name: change.get("after") for name, change in plan["output_changes"].items()}
