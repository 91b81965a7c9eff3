"""`tipline backup` and `tipline restore`: what runs embedded on one machine, kept and brought back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import psycopg
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from evidence.errors import Unavailable
from tipline.backup import take as taking
from tipline.backup.deletions import Deletions, deletions_now
from tipline.backup.repository import Repository, chunks_of
from tipline.backup.restore import restore as bring_back
from tipline.backup.strongbox import Lock, Opener
from tipline.cli.operator import data_option
from tipline.cli.verify import line_of
from tipline.up.instance import embedded

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("backup")
@click.option(
    "--to", "into", type=_FOLDER, default="backups", show_default=True, help="Where backups are kept."
)
@click.option("--passphrase-file", type=_FILE, help="What the secrets are sealed with; asked for otherwise.")
@click.option("--secrets-to", "recipients", multiple=True, metavar="age1...", help="Public keys instead.")
@click.option("--keep-days", type=click.IntRange(1), default=30, show_default=True, help="Older ones go.")
@click.option("--only-deletions", is_flag=True, help="Only note what has been deleted; takes a moment.")
@click.option("--check", is_flag=True, help="Only read the newest backup back, every byte of it.")
@data_option
def backup(
    into: Path, passphrase_file: Path | None, recipients: tuple[str, ...], keep_days: int,
    only_deletions: bool, check: bool, data: Path,
) -> None:  # fmt: skip
    """Back up what runs: database, store, uploads in flight, and its secrets, sealed.

    The doors go on meanwhile. Run again it copies what is new; cut short, it goes on where it was.
    """
    repository = Repository(into.absolute())
    if check:
        _check(repository)
        return
    site = embedded(data)
    with repository.alone(), _disk_said():
        if only_deletions:
            deletions = deletions_now(site.admin_url)
            repository.keep_deletions(deletions.to_bytes())
            click.echo(f"Noted {len(deletions.tips)} deleted tips.")
            return
        lock = Lock(None if recipients else _passphrase(passphrase_file, confirm=True), recipients)
        with _bar("backup") as progress:
            taken = taking.take(site, repository, lock, progress)
        forgotten = repository.forget_before(datetime.now(UTC) - timedelta(days=keep_days))
    manifest = taken.manifest
    click.echo(
        f"Backup {manifest.name}: {taken.size:,} bytes, {taken.new:,} of them new,"
        f" as of {manifest.taken_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC."
    )
    if forgotten:
        click.echo(f"Removed {forgotten} backups older than {keep_days} days.")
    if into.stat().st_dev == data.stat().st_dev:
        click.echo(f"tipline: {into} is on the same disk as the data: copy it to another machine.", err=True)


@click.command("restore")
@click.option("--from", "source", type=_FOLDER, required=True, help="Where the backups are.")
@click.option("--data", type=_FOLDER, required=True, help="An empty directory, or one yet to be made.")
@click.option("--backup", "name", help="Which one; the newest otherwise.")
@click.option("--passphrase-file", type=_FILE, help="What the secrets were sealed with; asked for otherwise.")
@click.option("--identity", type=_FILE, help="The file with your AGE-SECRET-KEY-1... instead.")
@click.option("--deletions", "newer", type=_FILE, help="A newer list of deleted tips than the backups have.")
def restore(
    source: Path, data: Path, name: str | None, passphrase_file: Path | None, identity: Path | None,
    newer: Path | None,
) -> None:  # fmt: skip
    """Bring a backup back into an empty directory, and verify every chain and byte of it.

    What was deleted after the backup is deleted again. Exit 1 with a line for each fault. Afterwards:
    `tipline up --data DIR`.
    """
    opener = Opener(
        None if identity else _passphrase(passphrase_file, confirm=False),
        _key_in(identity) if identity else None,
    )
    deletions = Deletions.from_bytes(newer.read_bytes()) if newer else None
    with _disk_said(), _bar("restore") as progress:
        restored = bring_back(
            Repository(source.absolute()), name, data, opener, deletions, progress=progress, tell=_tell
        )
    for fault in restored.examined.faults:
        click.echo(line_of(fault))
    if restored.examined.faults:
        sys.exit(1)
    click.echo(restored.examined.sentence)
    click.echo(
        f"Restored {restored.manifest.name} into {data}; {restored.deleted_again} tips that were deleted"
        f" since are deleted again, as known on {restored.deletions_known_until:%Y-%m-%d %H:%M:%S %Z}."
    )
    click.echo(f"Start it with: tipline up --data {data}")


def _check(repository: Repository) -> None:
    manifest = repository.manifest()
    total, done = sum(file.size for file in manifest.files), 0
    with _bar("check") as progress:
        for chunk in chunks_of(manifest.files):
            done += len(repository.read(chunk))
            progress(done, total)
    click.echo(f"Backup {manifest.name} is whole: {total:,} bytes in {len(manifest.files)} files.")


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        text = file.read_text().strip()
    else:
        text = click.prompt(
            "Passphrase for the secrets", hide_input=True, confirmation_prompt=confirm, err=True
        )
    if not text:
        raise click.UsageError("An empty passphrase protects nothing.")
    return text


def _key_in(identity: Path) -> str:
    """The first key of a file as `age-keygen` writes it, with comments."""
    lines = [line.strip() for line in identity.read_text().splitlines()]
    return next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), "")


@contextmanager
def _disk_said() -> Iterator[None]:
    """Say what a disk refused, instead of a traceback."""
    try:
        yield
    except psycopg.OperationalError as away:
        raise Unavailable(f"The database does not answer: {away}", code="database_away") from away
    except OSError as error:
        raise Unavailable(
            f"{error.strerror}: {error.filename or 'the disk'}. What was copied is kept; run it again.",
            code="disk_refused",
        ) from error


@contextmanager
def _bar(what: str) -> Iterator[taking.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _tell(sentence: str) -> None:
    click.echo(f"tipline: {sentence}", err=True)
