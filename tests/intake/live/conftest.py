"""A broadcast is looked at from behind: in the database, and in the spool."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from evidence.db.connect import Connection
from evidence.ledger.append import history
from evidence.live import LiveSession, Part, session
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually


@dataclass(frozen=True)
class Behind:
    """What staff's side knows of a door's broadcasts."""

    intake: Intake
    database: Database

    def session(self, session_id: str) -> LiveSession:
        with self.database.as_role("console") as conn:
            return session.get(conn, UUID(session_id))

    def parts(self, session_id: str) -> list[Part]:
        with self.database.as_role("console") as conn:
            return session.parts_of(conn, UUID(session_id))

    def kinds(self, session_id: str) -> list[str]:
        """What the tip's chain tells, in order."""
        with self.database.as_role("console") as conn:
            return [entry.kind for entry in history(conn, session.get(conn, UUID(session_id)).tip_id)]

    def stored(self, session_id: str) -> dict[int, str]:
        """The SHA-256 of each part that is a media, by its number; nobody has sealed it yet."""
        parts = [part for part in self.parts(session_id) if part.media_id is not None]
        found = {}
        for part in parts:
            content = self.intake.spool.bytes_path(part.upload_id).read_bytes()
            assert len(content) == part.media_bytes
            found[part.sequence] = hashlib.sha256(content).hexdigest()
        return found

    def settled(self, session_id: str) -> LiveSession:
        """Wait until nothing more comes of it."""
        eventually(lambda: self.session(session_id).settled_at, "the session's settling")
        return self.session(session_id)

    def close(self, session_id: str) -> None:
        """Staff's kill switch."""
        self.as_staff(lambda conn: session.close(conn, UUID(session_id), actor=STAFF))

    def as_staff(self, deed: Callable[[Connection], object]) -> None:
        with self.database.as_role("console") as conn:
            deed(conn)


STAFF = f"reviewer:{UUID(int=1)}"


@pytest.fixture
def behind(shared_door: tuple[Intake, Database]) -> Behind:
    return Behind(*shared_door)
