"""A broadcast as the public door leaves it: a session of a tip, its parts sent whole, all of it settled."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence.live import SessionKeys, door
from evidence.live.chain import START, link
from evidence.media.door import finish_upload
from evidence.seal import public_key_of
from evidence.spool import Upload, UploadSecret
from evidence.thread import TipText
from evidence.tips.door import TipKeys, open_tip
from tests.workers.conftest import AGENCY_KEY, Site

LIMITS = door.Limits(minutes=30, max_bytes=1 << 30, at_once=9)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Broadcast:
    """What is on the way to becoming one; parts count from 1 in the order in which they are sent."""

    site: Site
    session: UUID
    tip: UUID
    keys: SessionKeys
    sent: int = 0

    def send(self, content: bytes, began_ms: int, kind: door.PartKind = "film") -> UUID:
        """One part, whole; the media's id."""
        self.sent += 1
        secret = UploadSecret(self.keys.part_secret(self.sent))
        upload = Upload.new(
            secret, length=len(content), lifetime=timedelta(hours=1), sealed_name=b"sealed", metadata=""
        )
        self.site.spool.create(upload)
        with self.site.database.as_role("intake") as conn:
            door.note_part(
                conn, self.keys, self.sent, upload.id, kind=kind,
                mime="video/webm" if kind == "film" else "application/jsonl",
                began_at=NOON + timedelta(milliseconds=began_ms), why="start",
                expires_at=datetime.now(UTC) + timedelta(hours=1), most=99,
            )  # fmt: skip
        self.site.spool.bytes_path(upload.id).write_bytes(content)
        leaves = self.site.spool.complete(upload.id, len(content))
        with self.site.database.as_role("intake") as conn:
            chain = link(START, hashlib.sha256(content).digest())
            door.end_part(
                conn, self.keys, self.sent, size=len(content), lengths=[len(content)], chain=chain, holds=True
            )
            return finish_upload(
                conn, upload.id, size=len(content), leaves_sha256=leaves, sealed_name=b"sealed"
            )

    def end(self) -> None:
        """Its sender stops, and the door sees that nothing more is to come."""
        with self.site.database.as_role("intake") as conn:
            door.end_session(conn, self.keys, self.sent)
            door.tick(conn, whole=True, upload_hours=24)
            door.tick(conn, whole=True, upload_hours=24)
        with self.site.database.as_role("operator") as conn:
            (settled,) = conn.execute(
                "SELECT settled_at IS NOT NULL FROM live_session WHERE id = %s", [self.session]
            ).fetchone() or (False,)
        assert settled

    @property
    def finished(self) -> bool:
        """Whether everything is made that is made of it as a whole."""
        with self.site.database.as_role("operator") as conn:
            row = conn.execute(
                "SELECT finished_at IS NOT NULL FROM live_work WHERE session_id = %s", [self.session]
            ).fetchone()
        return bool(row and row[0])


def go_live(site: Site) -> Broadcast:
    """Open a tip and a session of it."""
    keys = SessionKeys.new()
    with site.database.as_role("intake") as conn:
        tip = open_tip(
            conn, TipText(what="I am live"), channel="live", language="en",
            agency_public_key=public_key_of(AGENCY_KEY), uploads_until=datetime.now(UTC) + timedelta(hours=1),
            keys=TipKeys.new(),
        )  # fmt: skip
        session = door.open_session(
            conn, keys, "tip", tip.token, terms="0" * 64, language="en", limits=LIMITS
        )
    return Broadcast(site, session, tip.id, keys)
