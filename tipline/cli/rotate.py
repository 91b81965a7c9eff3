"""`tipline rotate`: another key in the place of one that is old, or that somebody may have seen."""

from pathlib import Path

import click

from evidence.errors import NotFound
from tipline.cli.operator import data_option
from tipline.up.lock import only_supervisor
from tipline.up.rotation import ROTATIONS
from tipline.up.site import Folders


@click.command("rotate")
@click.argument("what", type=click.Choice(sorted(ROTATIONS)))
@click.option(
    "--secrets", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where the secrets lie, if not under --data: of compose.yaml, `compose-secrets/keys`.",
)  # fmt: skip
@data_option
def rotate(what: str, secrets: Path | None, data: Path) -> None:
    """Replace a key or passwords while nothing runs; it counts from the next start.

    Back up the secrets afterwards: an older backup's do not open what comes from now on.
    """
    if secrets is not None:
        click.echo(ROTATIONS[what](secrets))
        return
    folders = Folders(data.absolute())
    if not folders.secrets.exists():
        raise NotFound(f"There is no installation in {data}.", code="no_installation")
    with only_supervisor(folders):
        click.echo(ROTATIONS[what](folders.secrets))
