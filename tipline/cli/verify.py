"""`tipline verify`: is every chain, every message and every stored byte what it was?"""

import sys
from pathlib import Path

import click

from evidence.ledger import Fault
from tipline.cli.operator import Operator, data_option
from tipline.examining import examine


@click.command("verify")
@click.argument("tip", metavar="[TIP]", required=False)
@click.option("--all", "everything", is_flag=True, help="Verify every tip and every case.")
@data_option
def verify(tip: str | None, everything: bool, data: Path) -> None:
    """Recompute chains, messages and stored bytes; exit 1 with a line for each fault."""
    if (tip is None) != everything:
        raise click.UsageError("Name a tip, or say --all.")
    examined = examine(Operator.of(data), tip)
    for fault in examined.faults:
        click.echo(line_of(fault))
    if examined.faults:
        sys.exit(1)
    click.echo(examined.sentence)


def line_of(fault: Fault) -> str:
    """A fault on one line, as scripts read it."""
    return f"{fault.chain or 'log'}  {fault.code}  {fault.sentence}"
