"""`tipline send`: files as one tip, from the shell; interrupted, the same command goes on."""

import hashlib
import json
import os
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from tipline.cli import INTERRUPTED
from tipline.cli.operator import data_option
from tipline.send import Sender, SendState
from tipline.send.state import cache_directory
from tipline.up.instance import intake_address


@click.command("send")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--to", "server", metavar="URL", help="Where to.  [default: what runs on this machine, as `up` was told]"
)
@click.option("--message", metavar="TEXT", default="", help="What you saw.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--patience", metavar="SECONDS", default=600.0, show_default=True, help="Keep trying while nothing goes."
)
@data_option
def send(
    files: tuple[Path, ...], server: str | None, message: str, as_json: bool, patience: float, data: Path
) -> None:
    """Send FILES as one tip. Run again after an interruption, it goes on where it stopped."""
    try:
        _send(files, server or intake_address(data, os.environ), message, as_json, patience)
    except KeyboardInterrupt:
        click.echo("tipline: stopped. Run the same command again: it goes on from here.", err=True)
        sys.exit(INTERRUPTED)


def _send(files: tuple[Path, ...], server: str, message: str, as_json: bool, patience: float) -> None:
    console = Console(stderr=True)
    console.print(f"Sending to {server}", markup=False, highlight=False, soft_wrap=True)
    with _bars(console) as bars:
        state = SendState.load_or_new(cache_directory(), server, message, files)
        tasks = [bars.add_task(_printable(file.name), total=file.size) for file in state.files]
        sender = Sender(state, patience, lambda index, offset: bars.update(tasks[index], completed=offset))
        # These words open the tip later and are stored nowhere else: out with them before anything can fail.
        receipt = sender.open_tip(message)
        console.print(f"Receipt: {receipt}", markup=False, soft_wrap=True)
        for index in range(len(state.files)):
            sender.send(index)
    _report(sender.state, receipt, as_json=as_json)
    sender.state.forget()


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _report(state: SendState, receipt: str, *, as_json: bool) -> None:
    sent = [{"name": file.name, "bytes": file.size, "sha256": _sha256(file.path)} for file in state.files]
    if as_json:
        click.echo(json.dumps({"receipt": receipt, "files": sent}))
        return
    for file in sent:
        click.echo(f"{file['sha256']}  {_printable(str(file['name']))}")
    click.echo(f"Keep these words, they open your tip later: {receipt}")


def _printable(name: str) -> str:
    """A name without what a terminal would obey, and on one line."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
