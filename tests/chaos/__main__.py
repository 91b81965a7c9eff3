"""`make chaos MINUTES=10 SEED=1`: the long form."""

import argparse
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.run import Plan, new_seed, report, run


def main() -> int:
    """Run it, print the tally; 1 where anything is not as it was promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="a directory for everything, kept afterwards")
    given = parser.parse_args()
    plan = Plan.long(new_seed() if given.seed is None else given.seed, given.minutes)
    click.echo(f"Chaos with seed {plan.seed} for {given.minutes:g} minutes ...")
    with tempfile.TemporaryDirectory(prefix="tipline-chaos-") as folder:
        root = given.keep or Path(folder)
        # Processes of other accounts pass through it.
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
        root.chmod(0o711)
        tally, hand, told = run(plan, root)
        if given.keep:
            (root / "hand.log").write_text("\n".join(hand.log))
    click.echo(report(plan, tally, hand, told))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
