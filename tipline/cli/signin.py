"""`tipline signin`: a single-use link to the console, for the first user and for recovery."""

from pathlib import Path

import click

from evidence.reviewers.roles import Role
from evidence.reviewers.signin import mint_link
from tipline.cli.operator import Operator, data_option
from tipline.up.instance import console_address


@click.command("signin")
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.REVIEWER.value, show_default=True
)
@data_option
def signin(name: str, role: str, data: Path) -> None:
    """Print a single-use sign-in link for NAME, who is added to the staff if unknown."""
    with Operator.of(data).database() as conn:
        token = mint_link(conn, name, role)
    click.echo(f"{console_address(data)}/signin?token={token}")
