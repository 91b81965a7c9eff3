"""`python -m infra.release.audit`: what is known against our packages. Ends with 1 where something is.

Where nobody could be asked it says so, loudly, and ends with 0: a network is no finding. `--must-hear` ends
with 2 then.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from infra.release import allowlist
from infra.release.advisories import ask_npm_audit, ask_pip_audit
from infra.release.tools import ROOT

ALLOWLIST = ROOT / "infra/release/allowlist.toml"


def main() -> None:
    """Ask both, side by side, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m infra.release.audit", description=__doc__)
    parser.add_argument("--must-hear", action="store_true", help="end with 2 where nobody could be asked")
    asked = parser.parse_args()
    today = datetime.now(UTC).date()
    try:
        entries = allowlist.read(ALLOWLIST, today)
    except allowlist.AllowlistError as fault:
        sys.exit(f"audit: {ALLOWLIST.name}: {fault}")
    with ThreadPoolExecutor() as side_by_side:
        answers = [side_by_side.submit(ask) for ask in (ask_pip_audit, ask_npm_audit)]
        heard = [answer.result() for answer in answers]
    verdict = allowlist.judge(heard, entries, today)
    for line in (*verdict.remarks, *verdict.faults):
        sys.stderr.write(f"audit: {line}\n")
    if verdict.faults:
        sys.exit(1)
    if all(not one.unheard for one in heard):
        sys.stderr.write("audit: nothing is known against any package in the lock files\n")
    elif asked.must_hear:
        sys.exit(2)


if __name__ == "__main__":
    main()
