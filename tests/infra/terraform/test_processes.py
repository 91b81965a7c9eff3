"""What a task is told is what its process asks for: its secrets, its settings, where it listens."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from nacl.public import PrivateKey

from evidence.settings import Env, StoreSettings
from intake.settings import IntakeSettings
from intake.texting.settings import TextingSettings
from tipline.run.task_secrets import task_secrets
from tipline.up.secrets import Secrets
from web.console.settings import ConsoleSettings
from workers.expire.settings import ExpireSettings
from workers.settings import WorkerSettings

ACCOUNT = {"TIPLINE_TWILIO_ACCOUNT_SID": "AC0", "TIPLINE_TWILIO_AUTH_TOKEN": "t0ken"}
ROLE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}
SETTINGS: dict[str, Callable[[Mapping[str, str]], Any]] = {
    "intake": IntakeSettings.from_env,
    "console": ConsoleSettings.from_env,
    "sms": TextingSettings.from_env,
    "worker": WorkerSettings.from_env,
    "expire": ExpireSettings.from_env,
}


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What an operator puts into Secrets Manager."""
    kept = Secrets.kept_in(tmp_path_factory.mktemp("operator") / "keys")
    return task_secrets(kept, "database.internal", ACCOUNT)


@pytest.fixture(scope="session")
def image() -> dict[str, str]:
    """What the Dockerfile tells every process."""
    spool = "/var/lib/tipline"
    return {"TIPLINE_SPOOL": f"{spool}/spool", "TIPLINE_SCRATCH": f"{spool}/scratch"}


def environment(
    container: dict[str, Any], secret: Mapping[str, str], image: Mapping[str, str]
) -> dict[str, str]:
    plain = {variable["name"]: variable["value"] for variable in container["environment"]}
    names = [wanted["name"] for wanted in container["secrets"]]
    handed = {name: secret[name] for name in names if name in secret}
    return {**ROLE, **image, **plain, **handed}


def test_each_task_gets_the_secrets_that_its_process_is_given_anywhere(
    outputs: dict[str, Any], secrets: dict[str, dict[str, str]]
) -> None:
    wanted = {process: sorted(secret["names"]) for process, secret in outputs["secrets"].items()}
    assert wanted == {process: sorted(secret) for process, secret in secrets.items()}


@pytest.mark.parametrize("process", SETTINGS)
def test_a_process_starts_with_what_its_task_is_told(
    outputs: dict[str, Any], secrets: dict[str, dict[str, str]], image: dict[str, str], process: str
) -> None:
    told = environment(outputs["containers"][process], secrets[process], image)
    settings = SETTINGS[process](told)
    for port in outputs["containers"][process]["portMappings"]:
        assert settings.port == port["containerPort"]
        assert settings.host == "0.0.0.0"
        assert settings.keep_alive_seconds > 120, "longer than the balancer keeps an idle line"


def test_the_balancer_waits_longer_than_the_door_for_a_body_and_less_than_it_for_a_question(
    plan: dict[str, Any], outputs: dict[str, Any], secrets: dict[str, dict[str, str]], image: dict[str, str]
) -> None:
    (balancer,) = [c["change"]["after"] for c in plan["resource_changes"] if c["type"] == "aws_lb"]
    door = IntakeSettings.from_env(environment(outputs["containers"]["intake"], secrets["intake"], image))
    assert door.body_silence_seconds < balancer["idle_timeout"] < door.keep_alive_seconds


def test_the_doors_believe_the_balancers_subnets_alone(
    plan: dict[str, Any], outputs: dict[str, Any], secrets: dict[str, dict[str, str]], image: dict[str, str]
) -> None:
    door = IntakeSettings.from_env(environment(outputs["containers"]["intake"], secrets["intake"], image))
    public = {
        change["change"]["after"]["cidr_block"]
        for change in plan["resource_changes"]
        if change["type"] == "aws_subnet" and change["name"] == "public"
    }
    assert set(door.trusted_proxies) == public


def test_tasks_are_their_role_to_the_store(outputs: dict[str, Any]) -> None:
    for process in ("console", "worker", "expire", "deletions", "prepare", "operator"):
        container = outputs["containers"][process]
        told = {variable["name"]: variable["value"] for variable in container["environment"]}
        store = StoreSettings.from_env(Env({**ROLE, **told}))
        assert (store.endpoint, store.access_key, store.secret_key) == (None, None, None)
        assert store.checkpoints == outputs["buckets"]["checkpoints"]
        if process != "deletions":
            assert store.originals == outputs["buckets"]["originals"]


def test_secrets_of_one_installation_open_what_was_sealed_to_it(secrets: dict[str, dict[str, str]]) -> None:
    private = base64.b64decode(secrets["console"]["TIPLINE_AGENCY_PRIVATE_KEY"])
    public = bytes(PrivateKey(private).public_key)
    for process in ("intake", "worker", "sms", "operator"):
        assert base64.b64decode(secrets[process]["TIPLINE_AGENCY_PUBLIC_KEY"]) == public


def test_a_second_run_makes_no_other_keys(tmp_path: Path) -> None:
    first, second = (task_secrets(Secrets.kept_in(tmp_path / "keys"), "host", {}) for _ in range(2))
    assert first == second
    assert "TIPLINE_TWILIO_AUTH_TOKEN" not in first["sms"]
