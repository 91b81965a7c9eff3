"""The list of deleted tips in the locked bucket, piece by piece, for a database that others back up.

`deletions/TIME.json` holds the ends that were begun since the piece before it and some time longer; TIME is
until when it knows them. Nothing is overwritten, so whatever runs on a database that was brought back adds to
the list and takes nothing from it: who restores reads all pieces since the moment that was restored.
"""

from datetime import UTC, datetime, timedelta

from evidence.errors import NotFound
from evidence.storage.store import Store
from tipline.backup.deletions import Deletions, deletions_now
from tipline.backup.moments import moment_of, name_of

_PREFIX = "deletions/"
_OVERLAP = timedelta(hours=1)
"""An end that was begun earlier may be committed later: longer than any transaction lasts."""


def keep(store: Store, url: str) -> Deletions:
    """Add what was deleted since the newest piece, and return that; all of it where there is none.

    Raises `Unavailable` where the store is away.
    """
    newest = _newest(store)
    piece = deletions_now(url, newest and newest - _OVERLAP)
    store.put_checkpoint(_key(piece.known_until), piece.to_bytes())
    return piece


def kept_since(store: Store, since: datetime | None) -> Deletions:
    """Return what the pieces know that were written after `since`, or all of them, each tip once.

    Raises `NotFound` (`no_deletions`) where there is none: then nobody knows what was taken back.
    """
    pieces = [
        Deletions.from_bytes(b"".join(store.open_range(piece.bucket, piece.key, version=piece.version)))
        for piece in store.checkpoint_objects(_PREFIX)
        if since is None or piece.key > _key(since)
    ]
    if not pieces:
        when = f" after {since.isoformat()}" if since else ""
        raise NotFound(
            f"No list of deletions was kept{when} in {store.checkpoints}:"
            " tips that were taken back would stay.",
            code="no_deletions",
        )
    tips = {tip.tip_id: tip for piece in pieces for tip in piece.tips}
    return Deletions(max(piece.known_until for piece in pieces), tuple(tips.values()))


def _newest(store: Store) -> datetime | None:
    """Until when the newest piece knows; it is of today or yesterday, unless the schedule stood still."""
    now = datetime.now(UTC)
    for day in (f"{now:%Y%m%d}", f"{now - timedelta(days=1):%Y%m%d}", ""):
        if keys := [piece.key for piece in store.checkpoint_objects(f"{_PREFIX}{day}")]:
            return moment_of(keys[-1].removeprefix(_PREFIX).removesuffix(".json"))
    return None


def _key(until: datetime) -> str:
    return f"{_PREFIX}{name_of(until)}.json"
