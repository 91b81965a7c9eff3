"""The model of costs: more of anything never costs less, every line has a cause, and the book is current."""

import subprocess
import sys
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cost import prices
from infra.cost.__main__ import table
from infra.cost.demand import MEASURED, SIZES, Demand, Measured
from infra.cost.model import bill, database_gb, total, worker_cpus
from infra.release.tools import ROOT

SHARE = st.floats(0, 1)
DEMANDS = st.builds(
    Demand,
    tips_a_day=st.floats(0, 1e7),
    minutes_a_clip=st.floats(0.01, 600),
    megabits=st.floats(0.1, 100),
    with_clip=SHARE,
    recoded=SHARE,
    retention_days=st.floats(1, 3650),
    attached=SHARE,
    attached_days=st.floats(3650, 10_000),
    watched=st.floats(0, 100),
    texted=SHARE,
    peak=st.floats(1, 50),
)
RISING = [field.name for field in fields(Demand)]


@given(DEMANDS, st.sampled_from(RISING), st.floats(1, 10))
def test_more_of_anything_never_costs_less(demand: Demand, what: str, times: float) -> None:
    more = getattr(demand, what) * times
    if what in {"with_clip", "recoded", "attached", "texted"}:
        more = min(1.0, more)
    raised = replace(demand, **{what: more})
    for before, after in zip(bill(demand), bill(raised), strict=True):
        assert after.dollars >= before.dollars * (1 - 1e-9), before.name


@given(DEMANDS, st.sampled_from([field.name for field in fields(Measured)]))
def test_what_costs_more_when_measured_never_lowers_the_bill(demand: Demand, what: str) -> None:
    dearer = replace(MEASURED, **{what: getattr(MEASURED, what) * 2})
    if what == "piece_bytes":
        assert total(demand, dearer) <= total(demand) * (1 + 1e-9)
    else:
        assert total(demand, dearer) >= total(demand) * (1 - 1e-9)


@given(DEMANDS)
def test_no_line_is_negative_and_the_sum_is_the_sum(demand: Demand) -> None:
    lines = bill(demand)
    assert all(line.dollars >= 0 for line in lines)
    assert total(demand) == pytest.approx(sum(line.dollars for line in lines))
    assert len({line.name for line in lines}) == len(lines)


def test_whoever_sends_nothing_still_pays_for_what_stands_ready() -> None:
    nothing = {line.name: line.dollars for line in bill(Demand(tips_a_day=0))}
    assert nothing["Twilio"] == pytest.approx(prices.SMS_NUMBER + prices.SMS_CAMPAIGN)
    assert nothing["Egress: what staff watch"] == nothing["S3: requests and moves"] == 0
    assert sum(nothing.values()) > 100


def test_a_case_reckoned_by_hand() -> None:
    demand = Demand(tips_a_day=864, with_clip=1, recoded=0, minutes_a_clip=1, retention_days=10, attached=0)
    assert worker_cpus(demand) == pytest.approx(0.09)  # 864 minutes of 9 CPU-seconds, over 86,400
    assert demand.in_gb_a_day == pytest.approx(864 * 60e6 / 2**30)
    kept = demand.in_gb_a_day * 10 * (1 + MEASURED.copies_share)
    assert bill(demand)[0].dollars == pytest.approx(kept * 0.023)
    assert bill(demand)[1].dollars == 0  # gone before it would be moved
    clip = MEASURED.postgres_bytes_a_clip + MEASURED.print_bytes_a_minute
    assert database_gb(demand) == pytest.approx(8640 * clip / 2**30)


@pytest.mark.parametrize(("units", "dollars"), [(0, 0), (10_240, 921.6), (20_480, 921.6 + 10_240 * 0.085)])
def test_tiers_are_paid_one_after_the_other(units: float, dollars: float) -> None:
    assert prices.tiered(units, prices.EGRESS) == pytest.approx(dollars)


def test_the_book_has_the_table_as_it_is_now() -> None:
    assert table() in (ROOT / "docs/cost.md").read_text("utf-8"), "python -m infra.cost --table"


def test_the_command_says_what_it_reckoned_with_and_how_old_its_prices_are() -> None:
    command = [sys.executable, "-m", "infra.cost", "--size", "town", "--tips-a-day", "7"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "tips a day: 7" in told
    assert prices.BELIEVED_ON in told
    assert "check them before" in told
    assert set(SIZES) == {"town", "city", "nation"}
