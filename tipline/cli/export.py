"""`tipline export`: a BagIt bag that anyone can check without us."""

from pathlib import Path

import click

from evidence.export import export_tip
from evidence.tips import named
from tipline.cli.operator import Operator, data_option


@click.group("export")
def export() -> None:
    """Hand evidence over."""


@export.command("tip")
@click.argument("name", metavar="TIP")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new directory."
)
@data_option
def tip(name: str, out: Path, data: Path) -> None:
    """Write one tip as a BagIt bag: originals, copies, history and its signed checkpoints."""
    operator = Operator.of(data)
    with operator.database() as conn:
        export_tip(conn, operator.store(), named(conn, name), out, operator.keys, "operator")
    click.echo(
        f"{out}: a BagIt bag; check it with any BagIt tool, or: cd {out} && sha256sum -c manifest-sha256.txt"
    )
