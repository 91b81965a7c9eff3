"""The sender's rules that need no browser, run by node."""

import subprocess
from pathlib import Path

from tests.web.citizen.built import ROOT


def test_the_rules_hold(tmp_path: Path) -> None:
    bundle = tmp_path / "pure.mjs"
    source = Path(__file__).parent / "pure.ts"
    esbuild = ROOT / "node_modules/.bin/esbuild"
    subprocess.run(
        [
            str(esbuild), str(source), "--bundle", "--platform=node", "--format=esm", "--log-level=warning",
            f"--outfile={bundle}",
        ],
        check=True,
    )  # fmt: skip
    run = subprocess.run(["node", "--test", str(bundle)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
