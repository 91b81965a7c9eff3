"""`tipline rotate`: another key in the place of one that is old, or that somebody may have seen."""

from pathlib import Path

import click

from evidence.errors import NotFound
from evidence.vault import keys_in_use
from tipline.cli.operator import Operator, data_option
from tipline.up.lock import only_supervisor
from tipline.up.rotation import ROTATIONS, finish
from tipline.up.site import Folders


@click.command("rotate")
@click.argument("what", type=click.Choice(sorted(ROTATIONS)))
@click.option(
    "--secrets", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where the secrets lie, if not under --data: of compose.yaml, `compose-secrets/keys`.",
)  # fmt: skip
@click.option(
    "--finish", "finishing", is_flag=True,
    help="While it runs: destroy the vault-key or number-key before, if no number lies under it any more.",
)  # fmt: skip
@data_option
def rotate(what: str, secrets: Path | None, finishing: bool, data: Path) -> None:
    """Replace a key or passwords while nothing runs; it counts from the next start.

    Back up the secrets afterwards: an older backup's do not open what comes from now on.
    """
    if finishing:
        with Operator.of(data).database() as conn:
            in_use = keys_in_use(conn)
        click.echo(finish(secrets or Folders(data.absolute()).secrets, what, in_use))
        return
    if secrets is not None:
        click.echo(ROTATIONS[what](secrets))
        return
    folders = Folders(data.absolute())
    if not folders.secrets.exists():
        raise NotFound(f"There is no installation in {data}.", code="no_installation")
    with only_supervisor(folders):
        click.echo(ROTATIONS[what](folders.secrets))
