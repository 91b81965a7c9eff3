"""Our modules are what Terraform and AWS's schema take them for, and mean what they say."""

import io
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.infra.terraform.working import CODE, Terraform
from tipline.backup.deletions import Deletions
from tipline.run.deletions import say

FOLDERS = (".", "examples/town", "examples/region")


def test_the_code_is_formatted(terraform: Terraform) -> None:
    done = terraform.run(CODE, "fmt", "-check", "-recursive", "-diff")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_valid(terraform: Terraform, folder: str) -> None:
    assert valid(terraform, terraform.copy_of(f"valid-{folder.replace('/', '-')}") / folder) == ""


# Each in a resource that hangs on no other mistaken one: Terraform looks no further there.
MISTAKES = (
    ("storage/main.tf", "object_lock_enabled", "object_lock_enable", 'Did you mean "object_lock_enabled"?'),
    ("database/main.tf", "instance_class ", "# class ", 'The argument "instance_class" is required'),
    ("services/tasks.tf", "  setting {", "  settings {", 'Blocks of type "settings" are not expected here'),
    ("services/firewall.tf", "rate_based_statement {", "rate_statement {", 'type "rate_statement" are not'),
    ("network/main.tf", "availability_zone", "availabilty_zone", 'Did you mean "availability_zone"?'),
    (
        "network/main.tf",
        "aws_internet_gateway.this.id",
        "aws_internet_gateway.this.no",
        'attribute named "no"',
    ),
    ("machines/main.tf", "http_tokens ", "http_token ", 'Did you mean "http_tokens"?'),
    ("observability/main.tf", "threshold_type ", "treshold_type ", 'Did you mean "threshold_type"?'),
    ("observability/main.tf", "budget_type ", "# type ", 'The argument "budget_type" is required'),
)


def test_a_mistake_is_found(terraform: Terraform) -> None:
    """Misspelt, missing, in the wrong place, at the first level and below; all of them, side by side."""
    code = terraform.copy_of("mistaken")
    for name, right, wrong, _ in MISTAKES:
        file = code / "modules" / name
        assert right in file.read_text()
        file.write_text(file.read_text().replace(right, wrong, 1))
    said = " ".join(valid(terraform, code).split())
    assert [complaint for *_, complaint in MISTAKES if complaint not in said] == []


def valid(terraform: Terraform, folder: Path) -> str:
    """What is wrong with the code in a folder; nothing, if all is well."""
    begun = terraform.run(folder, "init", "-backend=false", "-input=false")
    assert begun.returncode == 0, begun.stderr
    done = terraform.run(folder, "validate")
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


def test_its_own_tests_pass_and_none_is_left_out(told: list[dict[str, Any]]) -> None:
    runs = sum(file.read_text().count('\nrun "') for file in (CODE / "tests").glob("*.tftest.hcl"))
    (summary,) = [line["test_summary"] for line in told if line["type"] == "test_summary"]
    assert (summary["status"], summary["passed"]) == ("pass", runs)


def test_only_the_sms_doors_subnets_have_a_way_to_the_internet(plan: dict[str, Any]) -> None:
    routes = [change["address"] for change in plan["resource_changes"] if change["type"] == "aws_route"]
    assert routes == ["module.network.aws_route.outbound[0]", "module.network.aws_route.public"]


def test_nothing_that_aws_would_log_holds_an_address(plan: dict[str, Any]) -> None:
    """No access log of the balancer or the buckets, no flow log, no log and no samples of the firewall's."""
    kinds = {change["type"] for change in plan["resource_changes"]}
    assert kinds.isdisjoint(
        {"aws_flow_log", "aws_s3_bucket_logging", "aws_wafv2_web_acl_logging_configuration", "aws_cloudtrail"}
    )
    for change in plan["resource_changes"]:
        after = change["change"]["after"]
        if change["type"] == "aws_lb":
            assert not after["access_logs"]
            assert not after["connection_logs"]
        if change["type"].startswith("aws_wafv2_web_acl") and "visibility_config" in after:
            assert [seen["sampled_requests_enabled"] for seen in after["visibility_config"]] == [False]


def test_the_firewall_counts_and_refuses_nobody_by_itself(plan: dict[str, Any]) -> None:
    (rule,) = made(plan, "aws_wafv2_web_acl_rule").values()
    (action,) = rule["action"]
    assert action["count"]
    assert not action["block"]
    (rate,) = rule["statement"][0]["rate_based_statement"]
    keys = [kind for key in rate["custom_keys"] for kind, value in key.items() if value]
    assert sorted(keys) == ["ip", "uri_path"]


def test_a_service_that_does_not_become_healthy_is_taken_back(plan: dict[str, Any]) -> None:
    services = made(plan, "aws_ecs_service")
    assert set(services) == {"intake", "console", "sms", "worker", "worker_spot", "expire"}
    for service in services.values():
        assert service["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
        assert not service["enable_execute_command"]
    assert services["expire"]["desired_count"] == 1


def test_workers_run_where_their_tasks_are_made_for(plans: dict[str, dict[str, Any]]) -> None:
    """A task of Fargate's does not start on a machine, nor the other way round."""
    for run, compatible, on_demand, spot in (
        ("workers_on_machines", "EC2", "clinton-tipline-worker", "clinton-tipline-worker-spot"),
        ("workers_on_fargate", "FARGATE", "FARGATE", "FARGATE_SPOT"),
    ):
        tasks = made(plans[run], "aws_ecs_task_definition")
        assert tasks["worker"]["requires_compatibilities"] == [compatible]
        assert bool(tasks["worker"]["ephemeral_storage"]) == (compatible == "FARGATE")
        others = [task["requires_compatibilities"] for process, task in tasks.items() if process != "worker"]
        assert others == [["FARGATE"]] * len(others)
        (cluster,) = made(plans[run], "aws_ecs_cluster_capacity_providers").values()
        for service, capacity in (("worker", on_demand), ("worker_spot", spot)):
            (strategy,) = made(plans[run], "aws_ecs_service")[service]["capacity_provider_strategy"]
            assert strategy["capacity_provider"] == capacity
            assert capacity in cluster["capacity_providers"]
        endpoints = made(plans[run], "aws_vpc_endpoint")
        assert ("ecs-agent" in endpoints) == (compatible == "EC2")


def test_what_was_taken_back_is_noted_every_five_minutes_and_silence_is_told(plan: dict[str, Any]) -> None:
    (schedule,) = made(plan, "aws_scheduler_schedule").values()
    (network,) = schedule["target"][0]["ecs_parameters"][0]["network_configuration"]
    assert (schedule["schedule_expression"], network["assign_public_ip"]) == ("rate(5 minutes)", False)
    policy = json.loads(made(plan, "aws_iam_role_policy")["schedule"]["policy"])
    start, be = policy["Statement"]
    assert (start["Action"], start["Resource"].rpartition("/")[2]) == (
        "ecs:RunTask", "clinton-tipline-deletions:*",
    )  # fmt: skip
    roles = {
        change["change"]["after"]["name"]
        for change in plan["resource_changes"]
        if change["type"] == "aws_iam_role" and change.get("index") == "deletions"
    }
    assert (be["Action"], {role.rpartition("/")[2] for role in be["Resource"]}) == ("iam:PassRole", roles)
    (counted,) = made(plan, "aws_cloudwatch_log_metric_filter").values()
    said = io.StringIO()
    say(Deletions(datetime(2026, 11, 26, tzinfo=UTC), ()), said)
    assert counted["pattern"].strip('"') in said.getvalue()
    (into,) = counted["metric_transformation"]
    alarm = made(plan, "aws_cloudwatch_metric_alarm")["no-list-of-deletions"]
    assert (alarm["namespace"], alarm["metric_name"]) == (into["namespace"], into["name"])
    assert alarm["treat_missing_data"] == "breaching"


def made(plan: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Every resource of one type as planned, by the key it has of several."""
    return {
        change.get("index", change["name"]): change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind
    }


def test_no_terraform_lock_or_state_lies_in_the_code() -> None:
    git = shutil.which("git")
    assert git
    listed = subprocess.run([git, "ls-files", str(CODE)], capture_output=True, text=True, check=True).stdout
    assert [name for name in listed.split() if name.endswith((".lock.hcl", ".tfstate", ".tfvars"))] == []
