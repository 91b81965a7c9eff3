"""What media and derivatives are, and how they are read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import NotFound

MediaState = Literal["received", "sealed", "ready", "quarantined", "purged"]
Stage = Literal["seal", "inspect", "preview", "watch", "survey", "normalize", "done"]
MediaKind = Literal["video", "photo", "audio", "other"]
DerivativeKind = Literal[
    "playback", "poster", "storyboard", "waveform", "still", "joined", "snapshot", "gpx", "vtt"
]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""In the order in which a media goes through them."""


@dataclass(frozen=True)
class Media:
    """One received file of `size` bytes.

    `sha256` and the object's place are known once sealed, `kind` once inspected.
    """

    id: UUID
    tip_id: UUID
    upload_id: UUID
    state: MediaState
    stage: Stage
    received_at: datetime
    size: int
    leaves_sha256: bytes
    sealed_name: bytes | None
    sha256: bytes | None
    object_key: str | None
    object_version: str | None
    retain_until: datetime | None
    kind: MediaKind | None
    mime: str | None
    facts: dict[str, Any] | None
    quarantine_code: str | None
    quarantine_sentence: str | None
    attempts: int


@dataclass(frozen=True)
class Derivative:
    """What the pipeline made from a media; `facts` holds width, height, seconds and the like."""

    id: UUID
    media_id: UUID
    kind: DerivativeKind
    recipe: str
    input_sha256: bytes
    sha256: bytes
    size: int
    mime: str
    object_key: str
    object_version: str | None
    facts: dict[str, Any]
    made_at: datetime


_MEDIA = (
    "id, tip_id, upload_id, state, stage, received_at, bytes AS size, leaves_sha256, sealed_name, sha256,"
    " object_key, object_version, retain_until, kind, mime, facts, quarantine_code,"
    " quarantine_sentence, attempts"
)
_DERIVATIVE = (
    "id, media_id, kind, recipe, input_sha256, sha256, bytes AS size, mime, object_key, object_version,"
    " facts, made_at"
)


def get(conn: Connection, media_id: UUID) -> Media:
    """Return one media; raises `NotFound` (`unknown_media`)."""
    with conn.cursor(row_factory=class_row(Media)) as cursor:
        media = cursor.execute(f"SELECT {_MEDIA} FROM media WHERE id = %s", [media_id]).fetchone()
    if media is None:
        raise NotFound("There is no such media.", code="unknown_media")
    return media


def of_tip(conn: Connection, tip_id: UUID) -> list[Media]:
    """Return a tip's media in the order they arrived."""
    return of_tips(conn, [tip_id])


def of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> list[Media]:
    """Return the media of several tips in one query, in the order they arrived."""
    with conn.cursor(row_factory=class_row(Media)) as cursor:
        return cursor.execute(
            f"SELECT {_MEDIA} FROM media WHERE tip_id = ANY(%s) ORDER BY received_at, id", [list(tip_ids)]
        ).fetchall()


def derivatives_of(conn: Connection, media_ids: Iterable[UUID]) -> list[Derivative]:
    """Return the derivatives of several media in one query, oldest first."""
    with conn.cursor(row_factory=class_row(Derivative)) as cursor:
        return cursor.execute(
            f"SELECT {_DERIVATIVE} FROM derivative WHERE media_id = ANY(%s) ORDER BY made_at, id",
            [list(media_ids)],
        ).fetchall()


def derivative(conn: Connection, derivative_id: UUID) -> Derivative:
    """Return one derivative; raises `NotFound` (`unknown_derivative`)."""
    with conn.cursor(row_factory=class_row(Derivative)) as cursor:
        found = cursor.execute(
            f"SELECT {_DERIVATIVE} FROM derivative WHERE id = %s", [derivative_id]
        ).fetchone()
    if found is None:
        raise NotFound("There is no such copy.", code="unknown_derivative")
    return found
