"""`tipline camera` and `tipline consent`: which cameras there are, and what their owners allow."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from evidence import cameras
from evidence.cameras import Consent, Terms
from evidence.cameras.camera import named
from evidence.errors import Invalid
from evidence.tips.door import token_text
from tipline.cli.operator import Operator, data_option

_ACTOR = "operator"


@click.group("camera")
def camera() -> None:
    """Cameras that may be looked at once their owner consents."""


@camera.command("add")
@click.argument("name")
@click.option("--place", required=True, metavar="TEXT", help="Where it stands and looks.")
@click.option("--owner", required=True, metavar="TEXT", help="Who consents.")
@data_option
def add(name: str, place: str, owner: str, data: Path) -> None:
    """Register the camera NAME."""
    with Operator.of(data).database() as conn:
        cameras.add(conn, name=name, place=place, owner=owner, actor=_ACTOR)
    click.echo(f"{name} is registered. Nothing may be taken from it yet: tipline consent add {name!r} ...")


@camera.command("list")
@data_option
def list_cameras(data: Path) -> None:
    """List cameras, and how their consents stand."""
    with Operator.of(data).database() as conn:
        for one in cameras.cameras(conn):
            click.echo(f"{one.name}: {one.place}; owner {one.owner}")
            for consent in cameras.consents(conn, one.id):
                click.echo(f"  {_line(consent)}")


@click.group("consent")
def consent() -> None:
    """Owners' written consents. One that is revoked ends what runs by it within two seconds."""


@consent.command("add")
@click.argument("name")
@click.option(
    "--document", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The signed paper, scanned; its hash is kept.",
)  # fmt: skip
@click.option("--scope", required=True, metavar="TEXT", help="What for.")
@click.option(
    "--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day.", metavar="YYYY-MM-DD"
)
@click.option("--hours", metavar="HH:MM-HH:MM", help="Of each day.  [default: all of it]")
@click.option("--zone", metavar="ZONE", default="UTC", show_default=True, help="As America/Chicago.")
@data_option
def add_consent(
    name: str, document: Path, scope: str, until: datetime, hours: str | None, zone: str, data: Path
) -> None:
    """Record what the owner of the camera NAME allows."""
    try:
        ends = until.replace(tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(f"{zone!r} is no time zone such as America/Chicago.", code="bad_consent") from None
    with document.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    terms = Terms(digest, scope, datetime.now(UTC), ends, zone, None if hours is None else _hours(hours))
    with Operator.of(data).database() as conn:
        given = cameras.give(conn, named(conn, name).id, terms, actor=_ACTOR)
    click.echo(_line(given))


@consent.command("grant")
@click.argument("consent_id", metavar="CONSENT", type=click.UUID)
@click.option("--days", type=click.IntRange(1), help="How long.  [default: as the consent]")
@data_option
def grant(consent_id: UUID, days: int | None, data: Path) -> None:
    """Print a token with which `tipline relay` sends the camera's stream. It is shown this once."""
    until = datetime.max.replace(tzinfo=UTC) if days is None else datetime.now(UTC) + timedelta(days=days)
    with Operator.of(data).database() as conn:
        granted = cameras.grant(conn, consent_id, until=until, actor=_ACTOR)
    click.echo(token_text(granted.token))


@consent.command("revoke")
@click.argument("consent_id", metavar="CONSENT", type=click.UUID)
@data_option
def revoke(consent_id: UUID, data: Path) -> None:
    """End a consent: its tokens open nothing more, and what runs by it is closed."""
    with Operator.of(data).database() as conn:
        cameras.revoke(conn, consent_id, actor=_ACTOR)
    click.echo("Revoked. What is live by it ends within two seconds; what arrived is kept.")


def _hours(text: str) -> tuple[time, time]:
    begins, _, ends = text.partition("-")
    try:
        return time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    except ValueError:
        raise Invalid("Give hours as 08:00-18:00.", code="bad_consent") from None


def _line(consent: Consent) -> str:
    hours = ""
    if consent.daily_from is not None and consent.daily_until is not None:
        hours = f" {consent.daily_from:%H:%M}-{consent.daily_until:%H:%M}"
    until = consent.valid_until.astimezone(ZoneInfo(consent.zone))
    return f"{consent.id} {consent.state}, version {consent.version}, until {until:%Y-%m-%d %H:%M %Z}{hours}"
