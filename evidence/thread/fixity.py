"""Fixity of a thread: do the messages that people read still say what the ledger committed to?

Both ciphertexts of a message are hashed into its entry, the first one's into `opened`. As with stored bytes
the ledger is the truth: whoever can change a row cannot change a witnessed chain.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from evidence.db.connect import Connection
from evidence.ledger import Entry, Fault

_PLACE = tuple[UUID, int]


def misled_messages(
    conn: Connection, entries: Iterable[Entry], tip_id: UUID | None = None
) -> Iterator[Fault]:
    """Yield a fault for each message, of one tip or of all, that is not what `entries` say of it.

    A tip that was purged has given its words up, and its entries ask for none.
    """
    said, purged = _commitments(entries)
    rows: dict[_PLACE, tuple[str, str, str | None]] = {
        (row[0], row[1]): row[2:] for row in conn.execute(_MESSAGES, {"tip": tip_id})
    }
    for place, (author, agency, citizen) in said.items():
        chain, sequence = place
        row = rows.pop(place, None)
        if chain in purged:
            if row is not None:
                yield Fault(chain, "message_left", f"Message {sequence} is still there, of a deleted tip.")
            continue
        if row is None:
            yield Fault(
                chain, "message_missing", f"Message {sequence} is in the ledger and not in its thread."
            )
        elif row[:2] != (author, agency) or citizen not in (None, row[2]):
            yield Fault(chain, "message_changed", f"Message {sequence} is not the one that was written.")
    for chain, sequence in rows:
        sentence = f"Message {sequence} is known to no entry of the ledger: it was planted."
        yield Fault(chain, "message_planted", sentence)


def _commitments(
    entries: Iterable[Entry],
) -> tuple[dict[_PLACE, tuple[str, str, str | None]], set[UUID]]:
    """Return author and hashes for each place, and the chains that were purged.

    The first message's entry does not commit to the citizen's copy.
    """
    said: dict[_PLACE, tuple[str, str, str | None]] = {}
    purged = set[UUID]()
    for entry in entries:
        told = entry.details
        if entry.kind == "opened" and "message_sha256" in told:
            said[entry.chain, 1] = ("citizen", told["message_sha256"], None)
        elif entry.kind == "message":
            said[entry.chain, told["sequence"]] = (
                told["author"],
                told["agency_sha256"],
                told["citizen_sha256"],
            )
        elif entry.kind == "purged":
            purged.add(entry.chain)
    return said, purged


_MESSAGES = """
    SELECT tip_id, sequence, author, encode(sha256(sealed_agency), 'hex'),
           encode(sha256(sealed_citizen), 'hex')
    FROM message WHERE %(tip)s::uuid IS NULL OR tip_id = %(tip)s
    ORDER BY tip_id, sequence
"""
