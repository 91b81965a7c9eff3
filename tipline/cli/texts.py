"""`tipline texts`: whether every text that was sent to us is here, and what waits to be sent."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from evidence.texting.reconciled import Reconciliation, reconciliation
from evidence.vault import KeyInUse, keys_in_use
from tipline.cli.operator import Operator, data_option

# Three readings of the carrier's list, as they are by default.
_LATE_MINUTES = 15
# Such a door says so every minute.
_REFUSED = timedelta(minutes=3)


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
        counted, keys = reconciliation(conn), keys_in_use(conn)
    now = datetime.now(UTC)
    faults = [*faults_of(counted, now, timedelta(minutes=late)), *faults_of_keys(keys, now)]
    if as_json:
        told = {"keys": [_told(one) for one in keys], "faults": faults}
        click.echo(json.dumps({**asdict(counted), **told}, default=datetime.isoformat))
    else:
        click.echo(_said(counted))
        for one in keys:
            click.echo(_said_of_key(one))
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
    if gone := counted.unserved(now):
        minutes = round(gone / timedelta(minutes=1))
        faults.append(
            f"{counted.waiting} texts wait to go out and {counted.to_fetch} to have their files fetched,"
            f" and no SMS door with the carrier's account was at work for {minutes} minutes."
        )
    if counted.unread:
        faults.append(f"{counted.unread} in the carrier's list could not be taken in; it still has them.")
    if counted.lacking:
        faults.append(f"{counted.lacking} had files that the carrier does not list; it still has them.")
    return faults


def faults_of_keys(keys: Sequence[KeyInUse], now: datetime) -> list[str]:
    """Return a sentence for what is amiss with the keys that numbers lie under."""
    faults = []
    for one in keys:
        if one.refused_at and now - one.refused_at < _REFUSED:
            faults.append("An SMS door has other keys than those that numbers lie under, and takes no texts.")
        if one.what == "vault" and one.left_over:
            faults.append(f"{one.left_over} numbers cannot be opened by any vault-key that the SMS door has.")
    return faults


def _told(key: KeyInUse) -> dict[str, object]:
    return {**asdict(key), "id": key.id.hex()}


def _said_of_key(key: KeyInUse) -> str:
    now = f"{key.what}-key {key.id.hex()} in use since {key.since:%Y-%m-%d %H:%M} UTC; under earlier ones:"
    return f"{now} {'not gone through yet' if key.left_over is None else key.left_over}."


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
