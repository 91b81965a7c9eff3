"""`python -m infra.cost [--size city] [--tips-a-day N ...]`: a month's bill; `--table`: docs/cost.md's."""

import argparse
from dataclasses import fields, replace

from infra.cost import prices
from infra.cost.demand import SIZES, Demand
from infra.cost.model import bill

_CAVEAT = (
    f"Prices of {prices.REGION} as believed on {prices.BELIEVED_ON}, from public lists and memory:"
    " check them before you rely on this. No discounts, taxes, support or people."
)


def table() -> str:
    """Return the bills of the three sizes side by side, in Markdown."""
    bills = {name: bill(demand) for name, demand in SIZES.items()}
    lines = [f"| dollars a month | {' | '.join(bills)} |", f"|---|{'---:|' * len(bills)}"]
    lines += [
        f"| {row[0].name} | {' | '.join(f'{line.dollars:,.0f}' for line in row)} |"
        for row in zip(*bills.values(), strict=True)
    ]
    sums = " | ".join(f"**{sum(line.dollars for line in its):,.0f}**" for its in bills.values())
    return "\n".join([*lines, f"| **all of it** | {sums} |"])


def main() -> None:
    """Print one bill, or the table."""
    parser = argparse.ArgumentParser(prog="python -m infra.cost", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="city")
    parser.add_argument("--table", action="store_true", help="all three sizes, in Markdown")
    for field in fields(Demand):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=float, dest=field.name)
    asked = parser.parse_args()
    if asked.table:
        print(table())
        return
    given = {field.name: getattr(asked, field.name) for field in fields(Demand)}
    demand = replace(SIZES[asked.size], **{name: value for name, value in given.items() if value is not None})
    for field in fields(Demand):
        print(f"  {field.name.replace('_', ' ')}: {getattr(demand, field.name):g}")
    print()
    lines = bill(demand)
    for line in lines:
        print(f"{line.dollars:14,.0f}  {line.name} ({line.because})")
    print(f"{sum(line.dollars for line in lines):14,.0f}  dollars a month\n\n{_CAVEAT}")


if __name__ == "__main__":
    main()
