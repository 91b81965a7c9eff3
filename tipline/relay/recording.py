"""What was recorded and not yet sent: parts in files, so that a long cut costs disk and not memory."""

import hashlib
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from evidence.errors import Unavailable
from evidence.live.chain import START, link
from evidence.live.session import Why

PART_SECONDS = 600.0
# So far behind, what happens now goes into a part of its own, and first.
BACKLOG_SECONDS = 4.0
# A line that is always too slow would make parts without end.
_BACKLOG_PAUSE_SECONDS = 30.0


class NotKept(Unavailable):
    """What is recorded cannot be kept until it is sent."""

    default_code = "relay_disk"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"What the camera shows cannot be kept on this machine: {reason}. What was kept has been sent. "
            "Make room where TMPDIR points, and start the relay again."
        )


@dataclass
class Part:
    """One part: recorded into `file`, of which `sent` bytes are at the door."""

    sequence: int
    why: Why
    mime: str
    began: float
    file: BinaryIO
    path: Path
    lengths: list[int] = field(default_factory=list)
    chain: bytes = START
    size: int = 0
    sent: int = 0
    over: bool = False
    location: str | None = None
    # When each piece that is not wholly sent was recorded: where it ends, and the time.
    waiting: list[tuple[int, float]] = field(default_factory=list)

    def add(self, piece: bytes) -> None:
        """Record one piece."""
        self.file.seek(self.size)
        self.file.write(piece)
        self.file.flush()
        self.size += len(piece)
        self.lengths.append(len(piece))
        self.chain = link(self.chain, hashlib.sha256(piece).digest())
        self.waiting.append((self.size, time.monotonic()))

    def advance(self, offset: int) -> None:
        """Note how far the door has it."""
        self.sent = offset
        while self.waiting and self.waiting[0][0] <= offset:
            self.waiting.pop(0)

    @property
    def behind(self) -> float:
        """How long the oldest piece has waited, in seconds."""
        return time.monotonic() - self.waiting[0][1] if self.waiting else 0.0

    @property
    def told(self) -> dict[str, object]:
        """What is said of it at its end."""
        return {"bytes": self.size, "lengths": self.lengths, "chain": self.chain.hex()}


class Recording:
    """The parts of one session, from a thread that records to one that sends.

    `count` is how many there were. While the door is `away`, no part is begun for being behind: once it is
    back, one is.
    """

    def __init__(self) -> None:
        self.count = 0
        self.away = False
        self._changed = threading.Condition()
        self._backlog_at = -_BACKLOG_PAUSE_SECONDS
        self._folder = Path(tempfile.mkdtemp(prefix="tipline-relay-"))
        self._parts: list[Part] = []
        self._init = b""

    def begin(self, init: bytes, mime: str, why: Why) -> None:
        """Begin a part; the one before is over."""
        with self._changed:
            self._finish()
            number = self.count + 1
            path = self._folder / f"{number}.mp4"
            part = Part(number, why, mime, time.time(), path.open("wb+"), path)
            part.add(init)
            # Only what the disk has taken counts.
            self.count, self._init = number, init
            self._parts.append(part)
            self._changed.notify_all()

    def add(self, piece: bytes, *, key: bool) -> None:
        """Record a piece into the newest part; into a new one where that is due and a `key` begins it."""
        with self._changed:
            newest = self._parts[-1]
            why = self._new_part_due(newest) if key and len(newest.lengths) > 1 else None
            if why is not None:
                self.begin(self._init, newest.mime, why)
            self._parts[-1].add(piece)
            self._changed.notify_all()

    def _new_part_due(self, newest: Part) -> Why | None:
        now = time.monotonic()
        paused = now - self._backlog_at > _BACKLOG_PAUSE_SECONDS
        if newest.behind > BACKLOG_SECONDS and paused and not self.away:
            self._backlog_at = now
            return "backlog"
        return "minutes" if time.time() - newest.began > PART_SECONDS else None

    def finish(self) -> None:
        """Say that nothing more is recorded into the newest part."""
        with self._changed:
            self._finish()
            self._changed.notify_all()

    def _finish(self) -> None:
        if self._parts:
            self._parts[-1].over = True

    def next(self, seconds: float) -> Part | None:
        """Return the part to send next: the newest with something to send; waits so long for one."""
        with self._changed:
            self._changed.wait_for(self._ready, seconds)
            return self._ready()

    def _ready(self) -> Part | None:
        return next((part for part in reversed(self._parts) if part.sent < part.size or part.over), None)

    def read(self, part: Part, most: int) -> tuple[bytes, bool]:
        """Return what is to be sent next of a part, at most so much, and whether nothing follows."""
        with self._changed:
            part.file.seek(part.sent)
            # Beyond its size may lie what a full disk took half of.
            content = part.file.read(min(most, part.size - part.sent))
            return content, part.over and part.sent + len(content) == part.size

    def advance(self, part: Part, offset: int) -> None:
        """Note how far the door has a part."""
        with self._changed:
            part.advance(offset)

    def drop(self, part: Part) -> None:
        """Let go of a part that the door has whole, or will not take."""
        with self._changed:
            self._parts.remove(part)
            part.file.close()
            part.path.unlink(missing_ok=True)

    @property
    def standing(self) -> tuple[int, int]:
        """How far behind the newest part is in milliseconds, and how many bytes are to be sent."""
        with self._changed:
            behind = self._parts[-1].behind if self._parts else 0.0
            return int(behind * 1000), sum(part.size - part.sent for part in self._parts)

    @property
    def done(self) -> bool:
        """Whether everything is at the door."""
        with self._changed:
            return not self._parts

    def close(self) -> None:
        """Let go of everything."""
        with self._changed:
            for part in list(self._parts):
                self.drop(part)
            shutil.rmtree(self._folder, ignore_errors=True)
