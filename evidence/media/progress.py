"""Moving a media through its stages: state, ledger entry and next job in the caller's one transaction.

Every function takes the worker's lease and raises `LeaseLost` where another worker took the media over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, LiteralString, cast
from uuid import UUID

from psycopg.types.json import Jsonb

from evidence import ledger
from evidence.db.connect import Connection
from evidence.jobs import enqueue
from evidence.media.lease import Lease, LeaseLost
from evidence.media.media import STAGES, DerivativeKind, MediaKind, MediaState, Stage
from evidence.storage.stored import StoredObject

_NO_TOOLS: Mapping[str, str] = MappingProxyType({})


Scanned = Literal["whole", "too large", "not"]


@dataclass(frozen=True)
class Made:
    """A derivative that lies in the store already, described for the record."""

    kind: DerivativeKind
    recipe: str
    input_sha256: bytes
    sha256: bytes
    size: int
    mime: str
    stored: StoredObject
    facts: Mapping[str, Any]
    command: str
    tools: Mapping[str, str] = field(default_factory=dict)
    """Versions of what made it, by name."""


def mark_sealed(
    conn: Connection, lease: Lease, *, sha256: bytes, size: int, stored: StoredObject, retain_until: datetime
) -> None:
    """The original is locked away in the store, which verified its SHA-256."""
    _update(
        conn, lease,
        "UPDATE media SET state = 'sealed', sha256 = %(sha256)s, object_key = %(key)s,"
        " object_version = %(version)s, retain_until = %(until)s"
        " WHERE id = %(id)s AND stage = %(stage)s AND fence = %(fence)s",
        {"sha256": sha256, "key": stored.key, "version": stored.version, "until": retain_until},
    )  # fmt: skip
    ledger.append(conn, lease.tip_id, "sealed", "worker", {
        "media": str(lease.media_id), "sha256": sha256.hex(), "bytes": size, "bucket": stored.bucket,
        "key": stored.key, "version": stored.version, "retain_until": retain_until.isoformat(),
    })  # fmt: skip


def mark_inspected(
    conn: Connection,
    lease: Lease,
    *,
    kind: MediaKind,
    mime: str,
    facts: Mapping[str, Any],
    command: str = "",
    tools: Mapping[str, str] = _NO_TOOLS,
    scanned: Scanned = "not",
) -> None:
    """What the file is, as found by looking into it. `facts` must hold nothing that tells of the sender.

    `scanned` says how much of it a virus scanner saw.
    """
    _update(
        conn, lease,
        "UPDATE media SET kind = %(kind)s, mime = %(mime)s, facts = %(facts)s"
        " WHERE id = %(id)s AND stage = %(stage)s AND fence = %(fence)s",
        {"kind": kind, "mime": mime, "facts": Jsonb(dict(facts))},
    )  # fmt: skip
    ledger.append(conn, lease.tip_id, "inspected", "worker", {
        "media": str(lease.media_id), "kind": kind, "mime": mime, "facts": dict(facts), "command": command,
        "tools": dict(tools), "scanned": scanned,
    })  # fmt: skip


def add_derivative(conn: Connection, lease: Lease, made: Made) -> UUID:
    """Record a derivative; run twice with the same recipe and input, it is recorded once."""
    hold(conn, lease)
    return record_derivative(conn, lease.tip_id, lease.media_id, made)


def record_derivative(conn: Connection, tip_id: UUID, media_id: UUID, made: Made) -> UUID:
    """Record what was made of a media that is in nobody's hands; again, it is recorded once."""
    row = conn.execute(
        "INSERT INTO derivative (media_id, kind, recipe, input_sha256, sha256, bytes, mime, object_key,"
        " object_version, facts) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (media_id, kind, recipe, input_sha256) DO NOTHING RETURNING id",
        [
            media_id, made.kind, made.recipe, made.input_sha256, made.sha256, made.size, made.mime,
            made.stored.key, made.stored.version, Jsonb(dict(made.facts)),
        ],
    ).fetchone()  # fmt: skip
    if row is None:
        known = conn.execute(
            "SELECT id FROM derivative WHERE (media_id, kind, recipe, input_sha256) = (%s, %s, %s, %s)",
            [media_id, made.kind, made.recipe, made.input_sha256],
        ).fetchone()
        if known is None:
            raise RuntimeError("a derivative vanished while it was recorded")
        return UUID(str(known[0]))
    ledger.append(conn, tip_id, "derived", "worker", {
        "media": str(media_id), "derivative": str(row[0]), "kind": made.kind, "recipe": made.recipe,
        "input_sha256": made.input_sha256.hex(), "sha256": made.sha256.hex(), "bytes": made.size,
        "bucket": made.stored.bucket, "key": made.stored.key, "version": made.stored.version,
        "command": made.command, "tools": dict(made.tools),
    })  # fmt: skip
    return UUID(str(row[0]))


def finish_stage(conn: Connection, lease: Lease, next_stage: Stage) -> None:
    """Let the lease go, move on, and enqueue the next stage's job.

    A media is ready once it can be watched, though more is still made of it.
    """
    ready = lease.stage == "watch" or next_stage == "done"
    fresh = ready and hold(conn, lease) != "ready"
    _update(
        conn, lease,
        "UPDATE media SET stage = %(next)s, attempts = 0, leased_until = NULL,"
        " state = CASE WHEN %(fresh)s THEN 'ready' ELSE state END"
        " WHERE id = %(id)s AND stage = %(stage)s AND fence = %(fence)s",
        {"next": next_stage, "fresh": fresh},
    )  # fmt: skip
    if fresh:
        ledger.append(conn, lease.tip_id, "ready", "worker", {"media": str(lease.media_id)})
    if next_stage != "done":
        enqueue(conn, next_stage, lease.media_id)


def set_aside(conn: Connection, lease: Lease, code: str, sentence: str, *, harmful: bool = False) -> None:
    """Give a stage up, visibly, with a reason; the sealed original stays as it is.

    A media that can be watched already goes on without what this stage would have made. Any other is
    quarantined, and so is a `harmful` one: what was made of it before is shown no more.
    """
    if hold(conn, lease) == "ready" and not harmful:
        _do_without(conn, lease, code, sentence)
    else:
        _quarantine(conn, lease, code, sentence)


def _do_without(conn: Connection, lease: Lease, code: str, sentence: str) -> None:
    # What cannot be looked into has nothing made of it, and keeps what was made of it before.
    following = "done" if lease.stage == "inspect" else STAGES[STAGES.index(lease.stage) + 1]
    ledger.append(conn, lease.tip_id, "not_made", "worker", {
        "media": str(lease.media_id), "stage": lease.stage, "code": code, "sentence": sentence,
    })  # fmt: skip
    finish_stage(conn, lease, following)


def _quarantine(conn: Connection, lease: Lease, code: str, sentence: str) -> None:
    _update(
        conn, lease,
        "UPDATE media SET state = 'quarantined', quarantine_code = %(code)s,"
        " quarantine_sentence = %(sentence)s, leased_until = NULL"
        " WHERE id = %(id)s AND stage = %(stage)s AND fence = %(fence)s",
        {"code": code, "sentence": sentence},
    )  # fmt: skip
    ledger.append(conn, lease.tip_id, "quarantined", "worker", {
        "media": str(lease.media_id), "stage": lease.stage, "code": code, "sentence": sentence,
    })  # fmt: skip


def hold(conn: Connection, lease: Lease) -> MediaState:
    """Lock the media's row until this transaction ends, and return its state.

    Raises `LeaseLost` where the fence has moved on.
    """
    held = conn.execute(
        "SELECT state FROM media WHERE id = %s AND stage = %s AND fence = %s AND state <> 'quarantined'"
        " FOR NO KEY UPDATE",
        [lease.media_id, lease.stage, lease.fence],
    ).fetchone()
    if held is None:
        raise LeaseLost
    return cast("MediaState", held[0])


def _update(conn: Connection, lease: Lease, statement: LiteralString, values: Mapping[str, Any]) -> None:
    held = {"id": lease.media_id, "stage": lease.stage, "fence": lease.fence}
    if conn.execute(statement, {**values, **held}).rowcount != 1:
        raise LeaseLost
