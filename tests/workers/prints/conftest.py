"""Fingerprints are taken in the real sandbox, of films that ffmpeg makes, and kept in a real Postgres."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from evidence import media
from evidence.db.connect import Connection
from evidence.echoes import Echo, of_tips
from evidence.media import Lease
from tests.workers.conftest import Site
from tests.workers.prints.films import Cinema
from workers.bench import Bench, Task
from workers.inspect.examine import examine
from workers.prints.take import take


@pytest.fixture(scope="session")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Cinema:
    return Cinema(tmp_path_factory.mktemp("cinema"))


@pytest.fixture
def desk(site: Site, bench: Bench) -> "Desk":
    return Desk(site, bench)


class Desk:
    """A worker at the stage that takes fingerprints."""

    def __init__(self, site: Site, bench: Bench) -> None:
        self.site = site
        self.bench = bench

    def arrive(self, path: Path) -> UUID:
        """A file comes in as a tip of its own and goes as far as that stage; its media."""
        media_id = self.site.arrive(path.read_bytes())
        with self.site.database.as_admin() as conn:
            conn.execute(
                "UPDATE media SET stage = 'normalize', sha256 = %s, object_key = id::text WHERE id = %s",
                [hashlib.sha256(path.read_bytes()).digest(), media_id],
            )
        return media_id

    @contextmanager
    def looked(
        self, path: Path, media_id: UUID
    ) -> Iterator[tuple[Lease, Callable[[Connection, Lease], None]]]:
        """The stage's work is done under a lease, and nothing of it written down yet."""
        with self.site.database.as_role("worker") as conn:
            lease = media.claim(conn, media_id, "normalize", 60)
            assert lease
        room = self.bench.scratch / str(media_id)
        room.mkdir(exist_ok=True)
        task = Task(self.site.media(media_id), room, bool, lease)
        facts = examine(self.bench.sandbox, path, task.folder, bool)
        yield lease, take(self.bench, task, path, facts)
        with self.site.database.as_role("worker") as conn:
            media.lease.release(conn, lease)

    def survey(self, path: Path, media_id: UUID | None = None) -> UUID:
        """A file is fingerprinted, compared with all that came before it, and written down; its media."""
        arrived = media_id or self.arrive(path)
        with self.looked(path, arrived) as (lease, write_down), self.site.database.as_role("worker") as conn:
            write_down(conn, lease)
        return arrived

    def tip(self, media_id: UUID) -> UUID:
        return self.site.media(media_id).tip_id

    def echoes(self, media_id: UUID) -> dict[UUID, Echo]:
        """What a media's tip is like, by the other media."""
        with self.site.database.as_role("console") as conn:
            return {echo.other_media_id: echo for echo in of_tips(conn, [self.tip(media_id)])}

    def count(self, table: str, media_id: UUID) -> int:
        """How many rows of a media there are."""
        with self.site.database.as_admin() as conn:
            row = conn.execute(
                f"SELECT count(*) FROM {table} WHERE media_id = %s".encode(), [media_id]
            ).fetchone()
        assert row
        return int(row[0])
