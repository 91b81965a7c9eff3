"""One session of a relay: a thread records, one beats, the caller's sends; all stop when the door says so."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress

from evidence.errors import EvidenceError
from evidence.live.session import Why
from tipline.relay.boxes import NotMp4, mime_of
from tipline.relay.camera import Camera, Source
from tipline.relay.door import Away, Closed, Line, Session, Stands, pauses
from tipline.relay.recording import NotKept, Part, Recording

BEAT_SECONDS = 1.0
_LOOK_SECONDS = 0.25


class Broadcast:
    """Sends what is recorded from a camera to a session at the door."""

    def __init__(self, source: Source, session: Session, tell: Callable[[str], None]) -> None:
        self._source = source
        self._session = session
        self._recording = Recording()
        self._tell = tell
        self._camera: Camera | None = None
        # Recording is over; and nothing more is taken.
        self._ended = threading.Event()
        self._closed = threading.Event()
        self._stands = Stands("live", None)
        self._failed: EvidenceError | None = None

    @property
    def stands(self) -> Stands:
        """How the door said last that the session stands."""
        return self._stands

    def wait_until_recorded(self) -> None:
        """Wait until nothing more is recorded; what was may still be on its way."""
        self._ended.wait()

    def run(self) -> Stands:
        """Record, send and beat until all is sent, or nothing more is taken; say how the session stands.

        Raises `NotKept`, and what the door refuses.
        """
        others = [threading.Thread(target=work, daemon=True) for work in (self._record, self._beat)]
        for thread in others:
            thread.start()
        try:
            self._send()
        finally:
            self._close()
            for thread in others:
                thread.join()
            self._recording.close()
        if self._failed is not None:
            raise self._failed
        return self._stands

    def stop_recording(self) -> None:
        """Record nothing more; what was recorded is still sent."""
        self._ended.set()
        camera = self._camera
        if camera is not None:
            camera.stop()

    def _close(self) -> None:
        self._closed.set()
        self.stop_recording()

    def _record(self) -> None:
        try:
            self._record_on()
        except OSError as error:
            self._failed = NotKept(os.strerror(error.errno or 0))
            self._recording.finish()
            self._ended.set()

    def _record_on(self) -> None:
        """Record from as many connections as it takes."""
        for pause in pauses():
            with Camera(self._source) as camera:
                self._camera = camera
                # Whoever ended it before the line above had no camera to stop.
                if not self._ended.is_set():
                    with suppress(NotMp4):
                        self._record_from(camera)
                self._camera = None
            self._recording.finish()
            if self._ended.is_set():
                return
            if self._recording.count:
                self._tell("The camera sends nothing any more. Trying again.")
            else:
                self._tell("The camera sends nothing: are its address and its password right? Trying again.")
            if self._ended.wait(pause):
                return

    def _record_from(self, camera: Camera) -> None:
        begun = False
        for fragment in camera.fragments():
            if not begun and fragment.key:
                why: Why = "camera" if self._recording.count else "start"
                self._recording.begin(camera.init, mime_of(camera.init), why)
                begun = True
            if begun:
                self._recording.add(fragment.content, key=fragment.key)
            if self._ended.is_set():
                return

    def _beat(self) -> None:
        line = self._session.line()
        while not self._closed.wait(BEAT_SECONDS):
            try:
                self._heed(line.beat(*self._recording.standing))
            except Away:
                continue
            except EvidenceError as refusal:
                self._failed = refusal
                self._close()

    def _heed(self, stands: Stands) -> None:
        self._stands = stands
        if stands.state == "closed":
            self._close()
        elif stands.state == "ended":
            self.stop_recording()

    def _send(self) -> None:
        line = self._session.line()
        while not self._closed.is_set():
            part = self._recording.next(_LOOK_SECONDS)
            if part is not None:
                self._send_some(line, part)
            elif self._ended.is_set() and self._recording.done:
                self._say_end(line)
                return

    def _send_some(self, line: Line, part: Part) -> None:
        try:
            self._advance(line, part)
        except Closed:
            self._heed_closed(line, part)
        except Away:
            self._recording.away = True
            self._tell("The tip line is out of reach; what is recorded meanwhile waits here.")
            self._come_back(line, part)
            self._recording.away = False

    def _advance(self, line: Line, part: Part) -> None:
        if part.location is None:
            part.location = line.place(part)
        content, last = self._recording.read(part, self._session.most_bytes)
        if content or last:
            self._recording.advance(part, line.append(part.location, part.sent, content, last=last))
        if last and part.sent == part.size:
            line.end_part(part)
            self._recording.drop(part)

    def _heed_closed(self, line: Line, part: Part) -> None:
        """Mostly the session is closed; else this part alone has ended, and no more of it can be sent."""
        with suppress(Away):
            self._heed(line.beat(*self._recording.standing))
            if self._stands.state != "closed":
                self._recording.drop(part)

    def _come_back(self, line: Line, part: Part) -> None:
        """Wait until the door answers, and ask it how far the part is."""
        for pause in pauses():
            if self._closed.wait(pause):
                return
            try:
                if part.location is not None:
                    self._recording.advance(part, line.offset(part.location))
                else:
                    part.location = line.place(part)
            except Away:
                continue
            except Closed:
                self._heed_closed(line, part)
            self._tell("The tip line answers again.")
            return

    def _say_end(self, line: Line) -> None:
        for pause in pauses():
            try:
                self._stands = line.end(self._recording.count)
            except Away:
                if self._closed.wait(pause):
                    return
            else:
                return
