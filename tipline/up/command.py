"""`tipline up`: the whole system in the foreground, until Ctrl-C."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import click

from evidence.settings import MOST_PORT
from tipline.up.bell import Bell, StopRequested
from tipline.up.crew import Crew, sweep
from tipline.up.door import MOST_PROCESSES, PROCESSES, PublicDoor
from tipline.up.https import Https, address_here
from tipline.up.instance import forget_instance, note_instance
from tipline.up.listening import listening_on
from tipline.up.lock import only_supervisor
from tipline.up.ports import LOOPBACK
from tipline.up.reach import Addresses
from tipline.up.site import Folders, Site, choose_addresses
from tipline.up.supervisor import Supervisor, gaps

_PORT = click.IntRange(0, MOST_PORT)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default="var",
    show_default=True,
    envvar="TIPLINE_DATA",
    help="Where all state is kept.",
)
@click.option("--intake-port", type=_PORT, default=8000, show_default=True, envvar="TIPLINE_INTAKE_PORT")
@click.option("--console-port", type=_PORT, default=8001, show_default=True, envvar="TIPLINE_CONSOLE_PORT")
@click.option(
    "--sms-port",
    type=_PORT,
    default=0,
    envvar="TIPLINE_SMS_PORT",
    help="Where the carrier's webhooks arrive; your proxy sends /sms there.  [default: any free one]",
)
@click.option("--host", default=LOOPBACK, show_default=True, envvar="TIPLINE_HOST")
@click.option(
    "--intake-processes",
    type=click.IntRange(1, MOST_PROCESSES),
    default=1,
    show_default=True,
    envvar=PROCESSES,
    help="How many processes serve the public door, on one port and one spool.",
)
@click.option(
    "--https",
    is_flag=True,
    envvar="TIPLINE_HTTPS",
    help="Also for the phones in this network, under TLS, so that they can go live.",
)
@click.option("--https-port", type=_PORT, default=8443, show_default=True, envvar="TIPLINE_HTTPS_PORT")
@click.option(
    "--https-host",
    envvar="TIPLINE_HTTPS_HOST",
    help="The address for phones.  [default: this machine's in its network]",
)
def up(
    data: Path,
    intake_port: int,
    console_port: int,
    sms_port: int,
    host: str,
    intake_processes: int,
    https: bool,
    https_port: int,
    https_host: str | None,
) -> None:
    """Run everything on this machine: database, store, public door, SMS door, console, worker.

    Port 0 means any.

    DATABASE_URL (an administrator's) and TIPLINE_S3_* replace the embedded database and store.
    """
    operator = dict(os.environ)
    os.umask(0o077)
    folders = Folders(data.absolute()).make_passages()
    phones = _for_phones(folders, https_host, https_port) if https else nullcontext()
    with (
        only_supervisor(folders),
        Bell() as bell,
        listening_on(host, intake_port) as listening,
        phones as room,
    ):
        for name in sweep(folders.run / "children.json"):
            _tell(f"ended {name}, which an earlier run had left behind.")
        port = listening.getsockname()[1]
        addresses = choose_addresses(
            host, port, console_port, operator, sms_port=sms_port, https_url=room.url if room else None
        )
        site = Site.prepare(folders, addresses, operator)
        if room:
            room.give_certificate(folders.https, site.accounts.intake)
        for sentence in gaps(site):
            _tell(sentence)
        crew = Crew(folders.run / "children.json", _tell)
        door = PublicDoor(listening, intake_processes, room.listening if room else None)
        supervisor = Supervisor(site, crew, bell, door)
        try:
            _tell("starting the database, the store and our own processes ...")
            supervisor.start()
            note_instance(site, supervisor.pids())
            _say_where(supervisor)
            _say_where_texts_arrive(addresses)
            if room:
                _say_what_phones_do(room)
            supervisor.stay(partial(note_instance, site))
        except StopRequested:
            _tell("stopped before everything was up.")
        finally:
            supervisor.stop()
            forget_instance(folders)
            _tell(f"stopped; everything is kept in {folders.root}.")


@contextmanager
def _for_phones(folders: Folders, host: str | None, port: int) -> Iterator[Https]:
    with listening_on(host or address_here(), port, "https") as listening:
        yield Https.on(listening, folders.authority)


def _say_what_phones_do(room: Https) -> None:
    for line in room.advice():
        _tell(line)
    if sys.stderr.isatty():
        click.echo(room.picture(), err=True)


def _say_where(supervisor: Supervisor) -> None:
    addresses = supervisor.site.reach.addresses
    click.echo(f"Public page      {addresses.intake_url}/")
    click.echo(f"Console          {addresses.console_url}/")
    click.echo(f"Sign in, once    {supervisor.mint_signin_link()}")


def _say_where_texts_arrive(addresses: Addresses) -> None:
    """To an operator who has an account with a carrier: what to tell it, and the proxy."""
    if not addresses.carrier_port:
        _tell(
            f"texts: the carrier's webhook is {addresses.sms_url}, and is answered on {addresses.sms_port}."
        )


def _tell(sentence: str) -> None:
    click.echo(f"tipline: {sentence}", err=True)
