"""Several intake processes on one spool."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evidence.spool import Spool
from tests.conftest import Database
from tests.intake.conftest import FAULT, Intake
from tests.waiting import eventually

SIZE = 3


@dataclass
class Crowd:
    """Its processes; each has a port of its own, or all have one socket."""

    members: list[Intake]
    database: Database

    @property
    def spool(self) -> Spool:
        return self.members[0].spool

    def signal(self, number: int, member: int) -> None:
        process = self.members[member].process
        assert process is not None
        process.send_signal(number)

    def media(self) -> dict[str, tuple[int, bytes]]:
        """Size and `leaves_sha256` of each media by its upload, none of which may have two."""
        with self.database.as_role("console") as conn:
            rows = conn.execute("SELECT upload_id, bytes, leaves_sha256 FROM media").fetchall()
        assert len({row[0] for row in rows}) == len(rows)
        return {str(row[0]): (row[1], row[2]) for row in rows}


@contextmanager
def crowd(
    database: Database,
    environment: dict[str, str],
    citizen: Path,
    log: Path,
    listening: socket.socket | None = None,
) -> Iterator[Crowd]:
    """Three on ports of their own, or on the one inherited socket, as `tipline up` starts them."""
    if listening is None:
        members = [Intake(environment, citizen, log) for _ in range(SIZE)]
    else:
        port = listening.getsockname()[1]
        members = [Intake(environment, citizen, log, port, listening=listening) for _ in range(SIZE)]
    try:
        for member in members:
            member.launch()
        for member in members:
            eventually(member.answers)
        yield Crowd(members, database)
    finally:
        for member in members:
            if member.process is not None:
                member.process.send_signal(signal.SIGCONT)
            member.stop()
    assert not FAULT.search(log.read_text()), "a door noted a fault of its own"
