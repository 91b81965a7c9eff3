"""The group of commands, and how a refusal is said at the shell."""

import sys
from typing import Any

import click

from evidence.errors import EvidenceError
from evidence.version import VERSION
from tipline.cli.backup import backup, restore
from tipline.cli.cameras import camera, consent
from tipline.cli.doctor import doctor
from tipline.cli.export import export
from tipline.cli.rederive import rederive
from tipline.cli.relay import relay
from tipline.cli.rotate import rotate
from tipline.cli.send import send
from tipline.cli.signin import signin
from tipline.cli.sms import sms
from tipline.cli.texts import texts
from tipline.cli.tips import list_tips, show_tip
from tipline.cli.verify import verify
from tipline.up.command import up


class _Refusing(click.Group):
    """Prints a kernel error's sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EvidenceError as error:
            click.echo(f"tipline: {error.sentence} ({error.code})", err=True)
            sys.exit(1)


@click.group(cls=_Refusing)
@click.version_option(VERSION, prog_name="tipline")
def main() -> None:
    """Public video-tip intake: from a citizen's phone to an investigator's case."""


for command in (
    *(up, send, sms, texts, list_tips, show_tip, signin, verify, export, rederive),
    *(camera, consent, relay, backup, restore, rotate, doctor),
):
    main.add_command(command)
