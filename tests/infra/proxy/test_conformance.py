"""A chosen handful of the rows of tus 1.0, asked through each proxy; `make conformance URL=...` asks all."""

import subprocess
import sys

from tests.infra.proxy.conftest import BEHIND, NewProxy
from tests.intake.conformance.servers import MAX_BYTES, SILENCE_SECONDS
from tests.intake.conftest import ROOT, NewIntake

# What depends on whoever stands in between: methods, headers both ways, bodies that end early, cuts.
# docs/proxy.md names the two rows that are answered otherwise than without a proxy.
ROWS = "takeover or late_bytes or override_by_patch or preflight or location or disconnect"


def test_a_chosen_handful_passes(new_proxy: NewProxy, new_intake: NewIntake) -> None:
    settings = {
        **BEHIND,
        "TIPLINE_MAX_FILE_BYTES": str(MAX_BYTES),
        "TIPLINE_BODY_SILENCE_SECONDS": str(SILENCE_SECONDS),
        "TIPLINE_PROOF_OF_WORK": "off",
    }
    with new_intake(**settings) as intake, new_proxy(intake.port) as proxy:
        asked = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "tests/intake/conformance", "-q", "-p", "no:randomly"),
                *("-p", "no:cacheprovider", "--tus-url", f"{proxy.url}/files/", "-k", ROWS),
                *("--tus-silence", str(SILENCE_SECONDS)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.returncode == 0, asked.stdout[-3000:]
