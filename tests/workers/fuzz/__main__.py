"""`make fuzz COUNT=2000 SEED=1`: exits 1, and names seed and number, where a file does harm."""

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.media.corpus import Corpus
from tests.workers.fuzz.judging import judged, one
from workers.sandbox.proof import prepare


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--number", type=int, help="only this file of the seed")
    told = parser.parse_args()
    sys.stdout.write(f"seed {told.seed}\n")
    with tempfile.TemporaryDirectory() as place:
        trial, scratch = Path(place, "trial"), Path(place, "scratch")
        trial.mkdir()
        scratch.mkdir()
        sandbox, corpus = prepare("required", trial), Corpus()
        if told.number is not None:
            outcomes = [one(corpus, sandbox, scratch, told.seed, told.number)]
        else:
            outcomes = []
            for outcome in judged(corpus, sandbox, scratch, told.seed, told.count):
                outcomes.append(outcome)
                if outcome.fault:
                    sys.stdout.write(f"{outcome}\n")
                if len(outcomes) % 100 == 0:
                    sys.stdout.write(f"{len(outcomes)} of {told.count}\n")
                    sys.stdout.flush()
        left = [path.name for path in scratch.iterdir()]
    for became, count in Counter(outcome.became for outcome in outcomes).most_common():
        sys.stdout.write(f"{count:6d}  {became}\n")
    faults = [outcome for outcome in outcomes if outcome.fault]
    sys.stdout.write(f"{len(faults)} faults, {len(left)} files left behind; again with SEED={told.seed}\n")
    return 1 if faults or left else 0


if __name__ == "__main__":
    sys.exit(main())
