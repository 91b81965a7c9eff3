"""Signed heads of the log: taken each minute by one worker, copied into the locked bucket.

The signing key lives outside Postgres's reach, so an owner of the database who rewrites a chain cannot sign
the tree that would hide it. The copy in the bucket carries the leaves since the last checkpoint, so that
`verify` can name the chain that was rewritten.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from evidence.db.connect import Connection
from evidence.ledger.merkle import Frontier
from evidence.seal import key_id

_BATCH = 50_000


VerifyKeys = bytes | tuple[bytes, ...]
"""One 32-byte Ed25519 public key, or several: the one in use, then those before it, the newest first."""


def one_or_several(keys: VerifyKeys) -> tuple[bytes, ...]:
    """Return them as several."""
    return (keys,) if isinstance(keys, bytes) else keys


@dataclass(frozen=True)
class Leaf:
    """One entry's place in the log: its chain, its sequence there and its 32-byte hash."""

    chain: UUID
    sequence: int
    hash: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A signed head over the first `size` leaves; `body` is the exact JSON text that was signed."""

    size: int
    root: bytes
    at: datetime
    body: bytes
    signature: bytes

    @classmethod
    def sign(cls, size: int, root: bytes, signing_key: bytes) -> Self:
        """Sign a head with a 32-byte Ed25519 seed."""
        key = SigningKey(signing_key)
        at = datetime.now(UTC)
        body = json.dumps(
            {"origin": "tipline", "size": size, "root": root.hex(), "at": at.isoformat(),
             "key": key_id(bytes(key.verify_key)).hex()}
        ).encode()  # fmt: skip
        return cls(size, root, at, body, key.sign(body).signature)

    @classmethod
    def read(cls, body: bytes, signature: bytes) -> Self:
        """Parse a signed text without believing it; raises `ValueError` or `KeyError` where it is none."""
        said = json.loads(body)
        at = datetime.fromisoformat(said["at"])
        return cls(int(said["size"]), bytes.fromhex(said["root"]), at, body, signature)

    def signed_by(self, verify_key: bytes) -> bool:
        """Whether the 32-byte Ed25519 public key made this signature."""
        try:
            VerifyKey(verify_key).verify(self.body, self.signature)
        except (BadSignatureError, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Witness:
    """A checkpoint as it lies in the locked bucket, with the leaves it added to the one before."""

    checkpoint: Checkpoint
    leaves: tuple[Leaf, ...]

    def to_bytes(self) -> bytes:
        """Return the JSON object that is stored."""
        return json.dumps(
            {
                "body": self.checkpoint.body.decode(),
                "signature": self.checkpoint.signature.hex(),
                "leaves": [[str(leaf.chain), leaf.sequence, leaf.hash.hex()] for leaf in self.leaves],
            }
        ).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote; raises `ValueError` or `KeyError` on anything else."""
        said: dict[str, Any] = json.loads(stored)
        checkpoint = Checkpoint.read(said["body"].encode(), bytes.fromhex(said["signature"]))
        leaves = tuple(
            Leaf(UUID(chain), int(sequence), bytes.fromhex(digest))
            for chain, sequence, digest in said["leaves"]
        )
        return cls(checkpoint, leaves)


def take(conn: Connection, signing_key: bytes) -> Checkpoint | None:
    """Give waiting entries their log index and sign the new head, in the caller's transaction.

    Returns None where nothing waits. Two workers at once wait for each other; appends wait for neither.
    """
    # Not an advisory lock: any login could hold that one, and nothing would be signed any more.
    conn.execute("LOCK TABLE ledger_unlogged IN SHARE UPDATE EXCLUSIVE MODE")
    waiting = conn.execute(
        "SELECT l.chain, l.sequence, l.hash FROM ledger_unlogged u JOIN ledger l USING (chain, sequence)"
        " ORDER BY u.arrived LIMIT %s",
        [_BATCH],
    ).fetchall()
    if not waiting:
        return None
    frontier = _frontier(conn)
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_log (log_index, chain, sequence, hash) VALUES (%s, %s, %s, %s)",
            [(frontier.size + offset, *row) for offset, row in enumerate(waiting)],
        )
        cursor.executemany(
            "DELETE FROM ledger_unlogged WHERE chain = %s AND sequence = %s", [row[:2] for row in waiting]
        )
    frontier.extend(row[2] for row in waiting)
    signed = Checkpoint.sign(frontier.size, frontier.root(), signing_key)
    conn.execute(
        "INSERT INTO checkpoint (size, body, signature, frontier) VALUES (%s, %s, %s, %s)",
        [signed.size, signed.body, signed.signature, frontier.peaks],
    )
    return signed


def _frontier(conn: Connection) -> Frontier:
    last = conn.execute("SELECT size, frontier FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    return Frontier(*last) if last else Frontier()


def uncopied(conn: Connection) -> list[Witness]:
    """Return the checkpoints that are not in the bucket yet, oldest first, with their leaves."""
    rows = conn.execute(
        "SELECT c.body, c.signature, coalesce((SELECT max(size) FROM checkpoint p WHERE p.size < c.size), 0)"
        " FROM checkpoint c LEFT JOIN checkpoint_copy USING (size)"
        " WHERE checkpoint_copy.size IS NULL ORDER BY c.size LIMIT 100"
    ).fetchall()
    return [_witness(conn, Checkpoint.read(body, signature), since) for body, signature, since in rows]


def _witness(conn: Connection, checkpoint: Checkpoint, since: int) -> Witness:
    rows = conn.execute(
        "SELECT chain, sequence, hash FROM ledger_log WHERE log_index >= %s AND log_index < %s"
        " ORDER BY log_index",
        [since, checkpoint.size],
    )
    return Witness(checkpoint, tuple(Leaf(*row) for row in rows))


def note_copied(conn: Connection, checkpoint: Checkpoint) -> None:
    """Remember that the bucket has it, in the caller's transaction."""
    conn.execute("INSERT INTO checkpoint_copy (size) VALUES (%s) ON CONFLICT DO NOTHING", [checkpoint.size])
