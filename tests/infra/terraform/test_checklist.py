"""The commands of docs/aws.md that can be tried without AWS do what the page says of them."""

import re
import subprocess
import sys
from pathlib import Path

from tests.infra.terraform.pages import words_on
from tests.infra.terraform.working import ROOT


def test_the_check_of_the_sandbox_tells_kernel_and_landlock_and_tries_the_room(tmp_path: Path) -> None:
    python, *words = words_on("aws.md", "worker")
    assert python == "python"
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    told = done.stdout.splitlines()
    assert (done.returncode, told[-1:]) == (0, ["media tools are shut in"]), done.stderr
    assert re.search(r"^\d+\.\d+\S* Support\(abi=\d+\)$", told[0])
