"""The short form: a quarter of a minute of blows. TIPLINE_CHAOS_SEED repeats one."""

import os
import sys
from pathlib import Path

import pytest

from tests.chaos.run import Plan, new_seed, report, run


def test_nothing_acknowledged_is_lost_doubled_or_stuck(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan.short(int(os.environ.get("TIPLINE_CHAOS_SEED") or new_seed()))
    with capsys.disabled():
        sys.stdout.write(f"TIPLINE_CHAOS_SEED={plan.seed} ")
    tally, hand, told = run(plan, tmp_path)
    said = report(plan, tally, hand, told)
    sys.stdout.write(said)
    assert not tally.faults, said + "\n" + "\n".join(hand.log)
