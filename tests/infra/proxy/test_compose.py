"""What compose.yaml tells its proxy is what Caddy takes, and the door believes that proxy."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.proxy.proxies import program
from tests.intake.conftest import ROOT


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return {**read["services"], "networks": read["networks"]}


def test_each_door_is_where_the_proxy_looks_for_it(services: dict[str, Any], tmp_path: Path) -> None:
    told = {name: _unset(value) for name, value in services["proxy"]["environment"].items()}
    adapted = subprocess.run(
        [
            program("caddy"),
            "adapt",
            "--config",
            str(ROOT / "infra/proxy/Caddyfile"),
            "--adapter",
            "caddyfile",
        ],
        env={"HOME": str(tmp_path), **told},
        check=True,
        capture_output=True,
    )
    asked = set(re.findall(r'"dial": ?"([^"]+)"', json.dumps(json.loads(adapted.stdout))))
    assert asked == {"intake:8000", "console:8001", "sms:8002"}
    for address in asked:
        name, _, port = address.partition(":")
        assert f"127.0.0.1:{port}:{port}" in services[name]["ports"]
        assert "public" in services[name]["networks"]


def test_the_door_believes_the_proxy_alone(services: dict[str, Any]) -> None:
    address = services["proxy"]["networks"]["public"]["ipv4_address"]
    assert services["intake"]["environment"]["TIPLINE_TRUSTED_PROXIES"] == address
    (network,) = services["networks"]["public"]["ipam"]["config"]
    assert (network["subnet"], network["ip_range"]) == ("172.31.241.0/24", "172.31.241.128/25")
    assert address.startswith("172.31.241.")
    assert int(address.rpartition(".")[2]) < 128


def test_the_proxy_is_on_no_network_with_the_database_or_the_store(services: dict[str, Any]) -> None:
    assert list(services["proxy"]["networks"]) == ["public"]


def _unset(text: str) -> str:
    """What compose makes of `${NAME:-default}` where the name is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
