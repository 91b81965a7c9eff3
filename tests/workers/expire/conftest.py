"""Tips that are to be deleted, everything of theirs that there can be, and the clock that deletes them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import UUID

import pytest

from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.db.connect import Connection, connect
from evidence.media.door import finish_upload, open_upload
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from evidence.seal import public_key_of
from evidence.spool import Upload, UploadSecret
from evidence.storage.removal import versions
from evidence.thread import TipText
from evidence.tips.door import OpenedTip, TipKeys, open_tip, withdraw
from tests.workers.conftest import AGENCY_KEY, Site
from workers.bench import Bench
from workers.expire.main import end_due, look_again, shredder_of
from workers.expire.purge import Shredder
from workers.expire.settings import ExpireSettings
from workers.seal.seal import seal
from workers.turn import take_turns

WORDS = "CANARY a grey van"


@dataclass
class Deletion:
    """The public door, a pipeline worker and the deletion clock, over one database, store and spool."""

    site: Site
    bench: Bench
    shredder: Shredder

    def tell(self) -> OpenedTip:
        """A citizen opens a tip with words."""
        with self.site.database.as_role("intake") as conn:
            return open_tip(
                conn, TipText(what=WORDS), channel="web", language="en",
                agency_public_key=public_key_of(AGENCY_KEY),
                uploads_until=datetime.now(UTC) + timedelta(days=1), keys=TipKeys.new(),
            )  # fmt: skip

    def send(self, tip: OpenedTip, content: bytes = b"the van" * 1000) -> UUID:
        """A file of the tip comes in whole, and waits in the spool; the media's id."""
        until = datetime.now(UTC) + timedelta(hours=1)
        upload = Upload.new(
            UploadSecret.new(), length=len(content), lifetime=timedelta(hours=1), sealed_name=b"CANARY name",
            metadata="",
        )  # fmt: skip
        self.site.spool.create(upload)
        with self.site.database.as_role("intake") as conn:
            open_upload(conn, upload.id, token=tip.token, max_files=9, expires_at=until)
        self.site.spool.bytes_path(upload.id).write_bytes(content)
        leaves = self.site.spool.complete(upload.id, len(content))
        with self.site.database.as_role("intake") as conn:
            return finish_upload(
                conn, upload.id, size=len(content), leaves_sha256=leaves, sealed_name=b"CANARY name"
            )

    def seal(self, media_id: UUID) -> None:
        """The worker locks its original away."""
        take_turns(self.bench, "media", {"seal": seal}, media_id, "seal")
        assert self.site.media(media_id).state == "sealed"

    def withdraw(self, tip: OpenedTip) -> bool | None:
        """The citizen takes it back."""
        with self.site.database.as_role("intake") as conn:
            return withdraw(conn, tip.receipt)

    def age(self, tip: OpenedTip, days: int) -> None:
        """Let so many days pass for a tip."""
        with self.site.database.as_admin() as conn:
            for table, column, key in (
                ("tip", "received_at", "id"), ("tip", "detached_at", "id"), ("message", "at", "tip_id"),
                ("media", "received_at", "tip_id"), ("media", "retain_until", "tip_id"),
            ):  # fmt: skip
                conn.execute(
                    f"UPDATE {table} SET {column} = {column} - make_interval(days => %s)"  # type: ignore[arg-type]
                    f" WHERE {key} = %s",
                    [days, tip.id],
                )

    def clock(self) -> AbstractContextManager[Connection]:
        """The clock's own connection."""
        return self.clock_of("expire")

    def clock_of(self, role: str) -> AbstractContextManager[Connection]:
        """A connection as clocks have it."""
        return connect(self.site.database.url(role), autocommit=True)

    def tick(self) -> None:
        """The clock ticks once; leases of runs that died are over."""
        with self.clock() as conn:
            end_due(self.shredder, conn, Event())

    def leases_end(self) -> None:
        """Time passes for those that died at it."""
        with self.site.database.as_admin() as conn:
            conn.execute("UPDATE purge SET leased_until = '-infinity'")

    def look_again(self) -> None:
        """The time for another look has come."""
        with self.site.database.as_admin() as conn:
            conn.execute("UPDATE purge SET look_again_at = now() WHERE look_again_at IS NOT NULL")
        with self.clock() as conn:
            look_again(self.shredder, conn, Event())

    def state(self, tip: OpenedTip) -> str:
        with self.site.database.as_role("operator") as conn:
            row = conn.execute("SELECT state FROM tip WHERE id = %s", [tip.id]).fetchone()
        assert row is not None
        return str(row[0])

    def left_in_store(self, tip: OpenedTip) -> list[tuple[str, str]]:
        """Every version of whatever lies under the tip, in both buckets."""
        store = self.site.store
        return [
            found
            for bucket in (store.originals, store.derivatives)
            for found in versions(store, bucket, f"{tip.id}/")
        ]

    def left_in_spool(self) -> list[str]:
        return sorted(path.name for path in self.site.spool.root.iterdir())

    def kinds(self, tip: OpenedTip) -> list[str]:
        """What the ledger says happened."""
        with self.site.database.as_role("operator") as conn:
            rows = conn.execute(
                "SELECT convert_from(body, 'UTF8')::json ->> 'kind' FROM ledger WHERE chain = %s"
                " ORDER BY sequence",
                [tip.id],
            )
            return [kind for (kind,) in rows]

    def case(self, number: str) -> tuple[cases.Case, Reviewer]:
        """An open case, and bob, who investigates it."""
        with self.site.database.as_role("operator") as conn:
            mint_link(conn, "bob", "investigator")
        with self.site.database.as_role("console") as conn:
            bob = named(conn, "bob")
            assert bob
            return cases.open_case(conn, number, "Vans", bob), bob

    def attach(self, tip: OpenedTip, case: cases.Case, bob: Reviewer) -> None:
        with self.site.database.as_role("console") as conn:
            attachment.attach(conn, case, tip.id, bob)

    def detach(self, tip: OpenedTip, case: cases.Case, bob: Reviewer) -> None:
        with self.site.database.as_role("console") as conn:
            attachment.detach(conn, case, tip.id, bob)


@pytest.fixture
def deletion(site: Site, bench: Bench) -> Deletion:
    environment = {**site.environment, "DATABASE_URL": site.database.url("expire")}
    return Deletion(site, bench, shredder_of(ExpireSettings.from_env(environment)))
