"""Echoes as staff meet them: listed by tip, dismissed with one click, and back again with another."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, NotFound
from evidence.reviewers.reviewer import Reviewer


@dataclass(frozen=True)
class Echo:
    """What one tip's media has in common with another's. `pictures_ms` is 0 where one is a photo."""

    id: UUID
    media_id: UUID
    tip_id: UUID
    other_media_id: UUID
    other_tip_id: UUID
    score: float
    same_file: bool
    pictures_ms: int | None
    mirrored: bool
    sound_ms: int | None
    found_at: datetime
    dismissed_by: UUID | None
    dismissed_at: datetime | None


# Either way round, so that both tips show it; never a tip that was taken back.
_SEEN_FROM = """
    WITH seen AS (
        SELECT echo.*, first_media AS media_id, second_media AS other_media_id FROM echo
        UNION ALL
        SELECT echo.*, second_media, first_media FROM echo
    )
    SELECT seen.id, seen.media_id, media.tip_id, seen.other_media_id, other.tip_id AS other_tip_id,
        seen.score, seen.same_file, seen.pictures_ms, seen.mirrored, seen.sound_ms, seen.found_at,
        seen.dismissed_by, seen.dismissed_at
    FROM media
    JOIN seen ON seen.media_id = media.id
    JOIN media AS other ON other.id = seen.other_media_id
    JOIN tip ON tip.id = other.tip_id
    WHERE media.tip_id = ANY(%s) AND tip.state NOT IN ('withdrawn', 'purged') AND other.state <> 'purged'
    ORDER BY seen.dismissed_at NULLS FIRST, seen.score DESC, seen.found_at, seen.id
"""


def of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> list[Echo]:
    """The echoes of several tips, each as seen from there, likeliest first, dismissed ones last."""
    with conn.cursor(row_factory=class_row(Echo)) as cursor:
        return cursor.execute(_SEEN_FROM, [list(tip_ids)]).fetchall()


def others_of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """How many other tips each of these is like, leaving out what was dismissed."""
    pairs = {(e.tip_id, e.other_tip_id) for e in of_tips(conn, tip_ids) if e.dismissed_at is None}
    return Counter(tip_id for tip_id, _ in pairs)


def dismiss(conn: Connection, tip_id: UUID, other_tip_id: UUID, by: Reviewer) -> None:
    """Say that two tips have nothing to do with each other: every echo between them goes from sight.

    Raises `NotFound` (`unknown_echo`), `Conflict` (`echo_dismissed`) where a colleague was faster.
    """
    _decide(conn, tip_id, other_tip_id, by, dismissed=True)


def restore(conn: Connection, tip_id: UUID, other_tip_id: UUID, by: Reviewer) -> None:
    """Take a dismissal back. Raises `NotFound` (`unknown_echo`), `Conflict` (`echo_shown`)."""
    _decide(conn, tip_id, other_tip_id, by, dismissed=False)


def _decide(conn: Connection, tip_id: UUID, other_tip_id: UUID, by: Reviewer, *, dismissed: bool) -> None:
    between = [echo.id for echo in of_tips(conn, [tip_id]) if echo.other_tip_id == other_tip_id]
    if not between:
        raise NotFound("These two tips are not said to be alike.", code="unknown_echo")
    changed = conn.execute(
        "UPDATE echo SET dismissed_by = CASE WHEN %(dismissed)s THEN %(by)s::uuid END,"
        " dismissed_at = CASE WHEN %(dismissed)s THEN clock_timestamp() END"
        " WHERE id = ANY(%(ids)s) AND (dismissed_at IS NULL) = %(dismissed)s",
        {"dismissed": dismissed, "by": by.id, "ids": between},
    )
    if changed.rowcount == 0 and dismissed:
        raise Conflict("A colleague dismissed this already; nothing was changed.", code="echo_dismissed")
    if changed.rowcount == 0:
        raise Conflict("This is shown already; nothing was changed.", code="echo_shown")
    # In one order, whichever of the two pages it was done on: two colleagues must not wait for each other.
    for chain in sorted((tip_id, other_tip_id)):
        other = other_tip_id if chain == tip_id else tip_id
        details = {"other_tip": str(other)}
        if dismissed:
            ledger.append(conn, chain, "echo_dismissed", by.actor, details)
        else:
            ledger.append(conn, chain, "echo_restored", by.actor, details)
