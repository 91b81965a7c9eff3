"""The workbench: what every stage needs in its hands, made once per worker process and passed along."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from evidence.db.connect import Connection, Pool
from evidence.media import Lease, Media
from evidence.media.media import Stage
from evidence.spool import Spool
from evidence.storage.store import Store
from workers.sandbox.launch import Sandbox
from workers.settings import WorkerSettings


@dataclass(frozen=True)
class Bench:
    """A worker's means. `scratch` belongs to this process alone; `stopping` is set once it must end."""

    settings: WorkerSettings
    pool: Pool
    store: Store
    spool: Spool
    sandbox: Sandbox
    ffmpeg: str
    scratch: Path
    stopping: Event


@dataclass(frozen=True)
class Desk:
    """One media to work at. `room` is a directory of this media alone, gone at the end."""

    media: Media
    room: Path
    stop: Callable[[], bool]

    @property
    def folder(self) -> Path:
        """The one directory a tool may write into; empty at the beginning of a stage."""
        folder = self.room / "out"
        folder.mkdir(exist_ok=True)
        return folder

    def clear(self) -> None:
        """Remove what the stage before left in the folder."""
        shutil.rmtree(self.folder)


@dataclass(frozen=True)
class Task(Desk):
    """One media at one stage, under a lease."""

    lease: Lease


def nothing_to_record(conn: Connection, lease: Lease) -> None:
    """What a stage records that had nothing to make."""


def nothing_more() -> None:
    """What most stages have to do after their commit."""


@dataclass(frozen=True)
class Done:
    """What a stage made: `record` writes it down in the transaction that moves the media on to `following`.

    `afterwards` runs once that is committed; it may be lost in a crash, so something else must repeat it.
    """

    following: Stage
    record: Callable[[Connection, Lease], object]
    afterwards: Callable[[], None] = nothing_more


Work = Callable[[Bench, Task], Done]
"""A stage's work. It may raise `RefusedError`, `ToolFailedError`, `ToolStoppedError`, `Unavailable`."""
