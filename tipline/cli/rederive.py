"""`tipline rederive`: have copies made again, after a recipe has changed or learned to read more."""

from pathlib import Path
from uuid import UUID

import click

from evidence import media, tips
from evidence.db.connect import Connection
from evidence.media.rederive import outdated, set_aside_media
from evidence.media.rederive import rederive as ask_again
from tipline.cli.operator import Operator, data_option
from workers.recipes import TODAY


@click.command("rederive")
@click.argument("tip", metavar="[TIP]", required=False)
@click.option("--outdated", "old", is_flag=True, help="Media with copies that an earlier recipe made.")
@click.option("--set-aside", "quarantined", is_flag=True, help="Media that could not be prepared.")
@click.option("--dry-run", is_flag=True, help="Only say how many.")
@data_option
def rederive(tip: str | None, old: bool, quarantined: bool, dry_run: bool, data: Path) -> None:
    """Have the copies of a tip's media made again, or those of all media that need it.

    It happens in the background; what there is stays until the new stands.
    """
    if (tip is None) != (old or quarantined):
        raise click.UsageError("Name a tip, or say --outdated, --set-aside or both.")
    with Operator.of(data).database() as conn:
        chosen = _chosen(conn, tip, old=old, quarantined=quarantined)
        if dry_run:
            click.echo(f"{_count(len(chosen))} would be made again.")
            return
        if not chosen:
            click.echo("There is nothing to make again.")
            return
        asked = sum(ask_again(conn, media_id) for media_id in chosen)
    click.echo(f"Copies of {_count(asked)} are being made again; `tipline show` tells how far they are.")
    if asked < len(chosen):
        click.echo(f"{_count(len(chosen) - asked)} left as they are: still being worked on, or never sealed.")


def _chosen(conn: Connection, tip: str | None, *, old: bool, quarantined: bool) -> list[UUID]:
    if tip is not None:
        return [item.id for item in media.of_tip(conn, tips.get(conn, tips.named(conn, tip)).id)]
    found = outdated(conn, TODAY) if old else []
    return found + (set_aside_media(conn) if quarantined else [])


def _count(media_count: int) -> str:
    return "1 media" if media_count == 1 else f"{media_count} media"
