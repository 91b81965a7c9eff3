"""`tipline texts`: whether every text that was sent to us is here, and what waits to be sent."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from evidence.texting.reconciled import Reconciliation, reconciliation
from tipline.cli.operator import Operator, data_option

# Three readings of the carrier's list, as they are by default.
_LATE_MINUTES = 15


@click.command("texts")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option(
    "--late", metavar="MINUTES", default=_LATE_MINUTES, show_default=True,
    help="After how long without a whole reading of the carrier's list something is wrong.",
)  # fmt: skip
@data_option
def texts(as_json: bool, late: int, data: Path) -> None:
    """Say whether every text is here, as the carrier's own list shows; exit 1, with a line each, if not."""
    with Operator.of(data).database() as conn:
        counted = reconciliation(conn)
    faults = faults_of(counted, datetime.now(UTC), timedelta(minutes=late))
    if as_json:
        click.echo(json.dumps({**asdict(counted), "faults": faults}, default=datetime.isoformat))
    else:
        click.echo(_said(counted))
        for fault in faults:
            click.echo(f"FAULT {fault}")
    sys.exit(1 if faults else 0)


def faults_of(counted: Reconciliation, now: datetime, late: timedelta) -> list[str]:
    """Return a sentence for everything by which a text may be lost."""
    faults = []
    age = counted.age(now)
    if age is None:
        faults.append("The carrier's list of messages was never read whole.")
    elif age > late:
        minutes = round(age / timedelta(minutes=1))
        faults.append(f"The carrier's list of messages was last read whole {minutes} minutes ago.")
    if counted.unread:
        faults.append(f"{counted.unread} in the carrier's list could not be taken in; it still has them.")
    if counted.lacking:
        faults.append(f"{counted.lacking} had files that the carrier does not list; it still has them.")
    return faults


def _said(counted: Reconciliation) -> str:
    last = f"{counted.finished_at:%Y-%m-%d %H:%M:%S} UTC" if counted.finished_at else "never"
    return "\n".join(
        [
            f"Taken in: {counted.told} told of by a webhook, {counted.found} found in the carrier's list.",
            f"Deleted there since: {counted.settled}; still there: {counted.open}; gaps: {counted.gaps}.",
            f"The list was read whole {counted.readings} times, last: {last}.",
            f"Still to go out: {counted.waiting}, nine words among them: {counted.words_waiting}.",
        ]
    )
