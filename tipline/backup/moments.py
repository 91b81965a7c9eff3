"""Moments as names of files and objects: in UTC, to the microsecond, and sorted as they came."""

from datetime import UTC, datetime

_NAME = "%Y%m%dT%H%M%S.%fZ"


def name_of(moment: datetime) -> str:
    """Name a moment, which says of which time zone it is."""
    return f"{moment.astimezone(UTC):{_NAME}}"


def moment_of(name: str) -> datetime:
    """Return the moment; raises `ValueError` where the name is none."""
    return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
