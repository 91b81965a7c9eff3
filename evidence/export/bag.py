"""A tip as a BagIt bag (RFC 8493) with SHA-256 manifests: originals, copies, history, and its witnesses."""

import base64
import json
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import bagit

from evidence import media, tips
from evidence.db.connect import Connection
from evidence.errors import Conflict
from evidence.ledger import LedgerRow
from evidence.ledger.append import append
from evidence.ledger.checkpoint import VerifyKeys, one_or_several
from evidence.ledger.read import chain_rows
from evidence.ledger.witness import witnesses
from evidence.media import Derivative, Media
from evidence.seal import PrivateKeys, open_sealed
from evidence.storage.store import Store
from evidence.thread import messages, read_for_agency
from evidence.tips.ending import Purge, purge_of


@dataclass(frozen=True)
class Keys:
    """What an export needs besides the records: the agency's private keys, the checkpointer's public ones."""

    agency_private: PrivateKeys = field(repr=False)
    checkpoint_verify: VerifyKeys


def export_tip(conn: Connection, store: Store, tip_id: UUID, out: Path, keys: Keys, actor: str) -> None:
    """Write a tip's bag into the new or empty directory `out`, and note the export in the ledger first.

    The bag of a tip that was deleted holds its history, and says when and why it was; nothing else is left.
    Raises `NotFound` (`unknown_tip`), `Conflict` (`not_empty`) where `out` holds anything, `Gone` (`purged`)
    where the tip is being deleted at this moment, or `Unavailable`.
    Commits on `conn` before any byte is fetched, since no transaction may be open while bytes stream.
    """
    if out.exists() and any(out.iterdir()):
        raise Conflict(f"{out} is not empty; name a new directory.", code="not_empty")
    tip = tips.get(conn, tip_id)
    purge = purge_of(conn, tip_id)
    if purge and purge.done_at is None:
        raise purge.refusal()
    append(conn, tip_id, "exported", actor, {"form": "bagit"})
    found = media.of_tip(conn, tip_id)
    copies = media.derivatives_of(conn, [item.id for item in found])
    if purge:
        copies = []
    description = _describe(conn, tip, found, copies, keys) | _told(purge)
    rows = chain_rows(conn, tip_id)
    conn.commit()

    out.mkdir(parents=True, exist_ok=True)
    (out / "tip.json").write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n")
    (out / "ledger.jsonl").write_text("".join(_ledger_line(row) for row in rows))
    _write_witnesses(store, out / "checkpoints", keys)
    for item in found:
        if item.object_key and not purge:
            _fetch(store, store.originals, item.object_key, item.object_version, out / original_path(item))
    for copy in copies:
        _fetch(store, store.derivatives, copy.object_key, copy.object_version, out / derivative_path(copy))
    bagit.make_bag(str(out), {"External-Identifier": str(tip_id)}, checksums=["sha256"])


def original_path(item: Media) -> Path:
    """Return where an original lies in a bag; its name tells nothing of the sender."""
    return Path("originals") / f"{item.id}{mimetypes.guess_extension(item.mime or '') or '.bin'}"


def derivative_path(copy: Derivative) -> Path:
    """Return where a derivative lies in a bag."""
    return (
        Path("derivatives") / f"{copy.media_id}-{copy.kind}{mimetypes.guess_extension(copy.mime) or '.bin'}"
    )


def _describe(
    conn: Connection, tip: tips.Tip, found: Iterable[Media], copies: Iterable[Derivative], keys: Keys
) -> dict[str, Any]:
    return {
        "id": str(tip.id), "channel": tip.channel, "state": tip.state, "language": tip.language,
        "received_at": tip.received_at.isoformat(),
        "messages": [
            {"author": item.author, "at": item.at.isoformat(),
             **vars(read_for_agency(item, keys.agency_private))}
            for item in messages(conn, tip.id)
        ],
        "media": [
            {"id": str(item.id), "state": item.state, "kind": item.kind, "mime": item.mime,
             "bytes": item.size, "sha256": item.sha256.hex() if item.sha256 else None,
             "sent_as": _sent_as(item, keys),
             "path": None if item.state == "purged" else f"data/{original_path(item)}"}
            for item in found
        ],
        "derivatives": [
            {"media": str(copy.media_id), "kind": copy.kind, "recipe": copy.recipe,
             "input_sha256": copy.input_sha256.hex(), "sha256": copy.sha256.hex(),
             "path": f"data/{derivative_path(copy)}"}
            for copy in copies
        ],
    }  # fmt: skip


def _told(purge: Purge | None) -> dict[str, Any]:
    if purge is None or purge.done_at is None:
        return {}
    return {"deleted": {"at": purge.done_at.isoformat(), "reason": purge.reason}}


def _sent_as(item: Media, keys: Keys) -> dict[str, str] | None:
    if not item.sealed_name:
        return None
    said: dict[str, str] = json.loads(open_sealed(keys.agency_private, item.sealed_name))
    return said


def _ledger_line(row: LedgerRow) -> str:
    """One entry with the exact text that was hashed: hash = SHA-256(00 || previous || body)."""
    line = {
        "chain": str(row.chain), "sequence": row.sequence, "previous": row.previous.hex(),
        "body": row.body.decode(), "hash": row.hash.hex(),
    }  # fmt: skip
    return json.dumps(line, ensure_ascii=False) + "\n"


def _write_witnesses(store: Store, into: Path, keys: Keys) -> None:
    into.mkdir()
    known = [base64.b64encode(key).decode() for key in one_or_several(keys.checkpoint_verify)]
    (into / "verify-key.txt").write_text("\n".join(known) + "\n")
    for number, stored in enumerate(witnesses(store), start=1):
        (into / f"{number:08d}.json").write_bytes(stored)


def _fetch(store: Store, bucket: str, key: str, version: str | None, into: Path) -> None:
    into.parent.mkdir(exist_ok=True)
    with into.open("xb") as file:
        for piece in store.open_range(bucket, key, version=version):
            file.write(piece)
