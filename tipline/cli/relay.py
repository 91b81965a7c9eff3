"""`tipline relay`: a consented camera's stream, sent to the tip line as it is."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from tipline.cli.operator import data_option
from tipline.relay import Relay, Source
from tipline.up.instance import intake_address

_WHY = {
    "consent": "The owner's consent is over, or does not cover this hour.",
    "staff": "Staff have stopped this broadcast.",
    "limit": "This broadcast has sent as much as one may.",
}


@click.command("relay")
@click.argument("url")
@click.option(
    "--token", envvar="TIPLINE_RELAY_TOKEN", required=True, metavar="TOKEN",
    help="What `tipline consent grant` printed; better from TIPLINE_RELAY_TOKEN, which `ps` does not show.",
)  # fmt: skip
@click.option(
    "--to", "server", metavar="URL", help="Where to.  [default: what runs on this machine, as `up` was told]"
)
@click.option("--sound", is_flag=True, help="Send sound as well: only where the consent says so.")
@data_option
def relay(url: str, token: str, server: str | None, sound: bool, data: Path) -> None:
    """Send what the camera at URL shows (rtsp://...) until stopped, or until its consent ends.

    A stop lets what was recorded be sent first; a second one does not.
    """
    server = server or intake_address(data, os.environ)
    sending = Relay(Source(url, sound), server, token, lambda said: click.echo(f"tipline: {said}", err=True))
    with _stopped_by_signals(sending):
        stands = sending.run()
    if stands.state == "closed":
        why = _WHY.get(stands.how or "", "This broadcast is over.")
        click.echo(f"tipline: {why} Nothing more is sent. What arrived is kept.", err=True)
        sys.exit(1)
    click.echo("tipline: stopped; everything that was recorded has arrived.", err=True)


@contextmanager
def _stopped_by_signals(sending: Relay) -> Iterator[None]:
    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        sending.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
