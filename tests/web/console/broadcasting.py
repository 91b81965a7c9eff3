"""A phone that broadcasts, played: its session as the door opens it, its parts growing in a real spool."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence.live import door
from evidence.live.keys import SessionKeys
from evidence.live.session import Why
from evidence.media.door import finish_upload
from evidence.spool import Spool, Upload, UploadSecret
from tests.web.console.town import Town

LIMITS = door.Limits(minutes=30, max_bytes=1 << 30, at_once=50)
TICK_SECONDS = 0.1


@dataclass
class Broadcast:
    """One session; `parts` are its uploads by number."""

    town: Town
    spool: Spool
    tip_id: UUID
    keys: SessionKeys = field(default_factory=SessionKeys.new)
    parts: dict[int, UUID] = field(default_factory=dict)
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        with self.town.database.as_role("intake") as conn:
            self.id = door.open_session(
                conn, self.keys, "tip", self.town.token(self.tip_id), terms="0" * 64, language="en",
                limits=LIMITS,
            )  # fmt: skip
        self.beats()

    def beats(self, behind_ms: int = 0, *, delivered: int = 0, seen: int = 0) -> list[tuple[int, str]]:
        """The phone says that it is there; what staff ask of it."""
        said = door.Beat(behind_ms, 0, delivered, seen, visible=True)
        with self.town.database.as_role("intake") as conn:
            return door.beat(conn, self.keys, said)[1]

    def begins(self, sequence: int, mime: str = "video/webm;codecs=vp8,opus", why: Why = "start") -> None:
        """Another part."""
        secret, until = UploadSecret(self.keys.part_secret(sequence)), timedelta(hours=1)
        self.spool.create(Upload.new(secret, length=None, lifetime=until, sealed_name=b"", metadata=""))
        with self.town.database.as_role("intake") as conn:
            self.parts[sequence] = door.note_part(
                conn, self.keys, sequence, secret.upload_id, kind="film", mime=mime,
                began_at=datetime.now(UTC), why=why, expires_at=datetime.now(UTC) + until, most=100,
            )  # fmt: skip

    def sends(self, sequence: int, piece: bytes) -> None:
        """Some bytes arrive."""
        with self.spool.writer(self.spool.take(self.parts[sequence])) as writer:
            writer.append(piece)

    def ends_part(self, sequence: int) -> None:
        """The last byte of a part is there, and the sender says so."""
        upload_id = self.parts[sequence]
        taken = self.spool.take(upload_id)
        self.spool.declare_length(taken, taken.standing.offset)
        with self.town.database.as_role("intake") as conn:
            door.end_part(
                conn, self.keys, sequence, size=taken.standing.offset, lengths=[taken.standing.offset],
                chain=bytes(32), holds=None,
            )  # fmt: skip

    def arrives(self, sequence: int) -> UUID:
        """A part that has ended becomes a media."""
        upload_id = self.parts[sequence]
        size = self.spool.look(upload_id).offset
        with self.town.database.as_role("intake") as conn:
            media_id = finish_upload(
                conn, upload_id, size=size, leaves_sha256=hashlib.sha256(b"leaf").digest(), sealed_name=None
            )
        self.spool.mark_received(upload_id)
        return media_id

    def seals(self, sequence: int, media_id: UUID) -> None:
        """The worker seals it, and the spool lets go."""
        self.town.seal(media_id, self.spool.bytes_path(self.parts[sequence]).read_bytes())
        self.spool.release(self.parts[sequence])

    def stops(self) -> None:
        """The citizen ends it."""
        with self.town.database.as_role("intake") as conn:
            door.end_session(conn, self.keys, len(self.parts))

    @contextmanager
    def at_real_pace(self, sequence: int, content: bytes, seconds: float) -> Iterator[threading.Event]:
        """Let a part arrive as fast as it was recorded, with a beat each second; set the event to hold it.

        On the way out the rest comes at once, and the part ends.
        """
        held, over, at = threading.Event(), threading.Event(), 0
        share = max(1, round(len(content) * TICK_SECONDS / seconds))

        def go() -> None:
            nonlocal at
            tick = 0
            while not over.wait(TICK_SECONDS):
                tick += 1
                if held.is_set():
                    continue
                if at < len(content):
                    self.sends(sequence, content[at : at + share])
                    at += share
                if tick % 10 == 0:
                    self.beats()

        sender = threading.Thread(target=go, name="sender")
        sender.start()
        try:
            yield held
        finally:
            over.set()
            sender.join()
            if at < len(content):
                self.sends(sequence, content[at:])
            self.ends_part(sequence)
