"""What staff ask of whoever films: sealed to the agency, and to a key that the session's token gives."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import Invalid
from evidence.live.refusals import refusals
from evidence.live.session import LiveSession
from evidence.seal import PrivateKeys, open_sealed, seal_to

MOST_CHARS = 500
# "Pan left" and an address look alike from outside.
_PADDED_TO = 256


@dataclass(frozen=True)
class Prompt:
    """One prompt as staff keep it: `author` is `reviewer:<uuid>`; times are aware, in UTC."""

    session_id: UUID
    sequence: int
    author: str
    sealed_agency: bytes
    at: datetime
    delivered_at: datetime | None
    seen_at: datetime | None


def send(conn: Connection, session: LiveSession, text: str, *, actor: str, agency_public_key: bytes) -> int:
    """Ask something of a session's sender, as the console; returns the prompt's sequence.

    Raises `Invalid` (`empty_prompt`, `too_long`), `Gone` (`live_closed`) once nobody films, `TooMany`.
    """
    said = text.strip()
    if not said:
        raise Invalid("Write something first.", code="empty_prompt")
    if len(said) > MOST_CHARS:
        raise Invalid(f"A prompt has at most {MOST_CHARS} characters.", code="too_long")
    plaintext = said.encode(errors="replace")
    plaintext += b" " * (-len(plaintext) % _PADDED_TO)
    with refusals():
        row = conn.execute(
            "SELECT console_live_prompt(%s, %s, %s, %s)",
            [
                session.id, actor,
                seal_to(agency_public_key, plaintext), seal_to(session.prompt_key, plaintext),
            ],
        ).fetchone()  # fmt: skip
    if row is None:
        raise RuntimeError("console_live_prompt answered no row")
    return int(row[0])


def open_prompt(private_key: PrivateKeys, sealed: bytes) -> str:
    """Return a prompt's text, for the holder of either key; raises `Invalid`."""
    return open_sealed(private_key, sealed).decode().rstrip(" ")


def prompts_of(conn: Connection, session_id: UUID) -> list[Prompt]:
    """Return a session's prompts, oldest first."""
    with conn.cursor(row_factory=class_row(Prompt)) as cursor:
        return cursor.execute(
            "SELECT session_id, sequence, author, sealed_agency, at, delivered_at, seen_at"
            " FROM live_prompt WHERE session_id = %s ORDER BY sequence",
            [session_id],
        ).fetchall()
