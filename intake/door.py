"""What every native endpoint has in hand."""

from dataclasses import dataclass, field
from uuid import UUID

from evidence.db.connect import Pool
from evidence.spool import Spool
from intake.guard import Guard
from intake.settings import IntakeSettings
from intake.threads import Threads
from intake.wire.body import Bodies


@dataclass(frozen=True)
class Door:
    """The public door: its settings, its spool, its database, its limits, and the bodies it is reading.

    `closed`: uploads of broadcasts that take no byte more, until they are media.
    """

    settings: IntakeSettings
    spool: Spool
    pool: Pool
    guard: Guard
    threads: Threads = field(default_factory=Threads)
    bodies: Bodies = field(default_factory=Bodies)
    closed: set[UUID] = field(default_factory=set)
