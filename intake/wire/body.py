"""Request bodies that can be interrupted: by a newer request, by silence, by the end of the process."""

import asyncio
from uuid import UUID

from evidence.errors import EvidenceError, TooLarge, Unavailable
from evidence.spool import Superseded
from intake.wire.http import Receive, Request
from intake.wire.straight import StraightReader, Take

# A phone in a tunnel comes back with a new connection; this one is dead by then.
IDLE_SECONDS = 60
# Far more than the text of any tip.
MAX_WHOLE_BYTES = 256 * 1024


class Disconnected(Exception):
    """The client is gone; there is nobody to answer."""


class Stalled(Unavailable):
    """Nothing came for too long. 503, since a client that is still there should come again."""

    default_code = "body_stalled"

    def __init__(self) -> None:
        super().__init__("Nothing arrived for a while. What came is safe; go on from the offset.")


class Stopping(Unavailable):
    """This process ends; another will take over."""

    default_code = "restarting"

    def __init__(self) -> None:
        super().__init__("The server is restarting. What came is safe; go on in a moment.")


class Body:
    """One request's body: read piece by piece, or poured out whole."""

    def __init__(
        self, receive: Receive, *, request: Request | None = None, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._receive = receive
        self._request = request
        self._idle_seconds = idle_seconds
        self._ended = False
        self._interruption: EvidenceError | None = None
        self._wait: asyncio.Timeout | None = None
        self._reader: StraightReader | None = None

    async def read(self) -> bytes | None:
        """Return the next piece, or None after the last.

        Raises `Disconnected`, `Stalled`, or whatever `interrupt` was given.
        """
        self.go_on()
        if self._ended:
            return None
        try:
            async with asyncio.timeout(self._idle_seconds) as self._wait:
                message = await self._receive()
        except TimeoutError:
            raise self._interruption or Stalled() from None
        finally:
            self._wait = None
        if message["type"] == "http.disconnect":
            raise Disconnected
        self._ended = not message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        return piece

    async def pour(self, take: Take) -> None:
        """Hand all of the body to `take`, straight from the socket where its length is known.

        Raises what `read` does, or what `take` raised; no piece is in use any more when this returns.
        """
        request = self._request
        straight = None if request is None else request.straight
        length = None if request is None else request.content_length
        if straight is None or length is None or self._interruption:
            while (piece := await self.read()) is not None:
                behind = take(memoryview(piece))
                if behind is not None:
                    await behind
            return
        self._reader = straight.begin(length, take, self._idle_seconds)
        try:
            await self._reader.ended
        except ConnectionError:
            raise Disconnected from None
        except TimeoutError:
            raise Stalled from None
        finally:
            self._reader.end(ConnectionError())  # whoever was cancelled takes nothing more
            if self._reader.behind is not None:
                await asyncio.wait([self._reader.behind])
            self._reader = None

    def go_on(self) -> None:
        """Raise what the body was interrupted with, if it was: between the steps of what takes long."""
        if self._interruption:
            raise self._interruption

    def interrupt(self, why: EvidenceError) -> None:
        """Make the present or the next `read` raise `why`."""
        self._interruption = why
        if self._reader is not None:
            self._reader.end(why)
        if self._wait is not None:
            self._wait.reschedule(asyncio.get_running_loop().time())


async def read_whole(body: Body) -> bytes:
    """Read a small body to its end; raises `TooLarge`, or what `Body.read` does."""
    whole = bytearray()
    while (piece := await body.read()) is not None:
        whole += piece
        if len(whole) > MAX_WHOLE_BYTES:
            raise TooLarge("This is more text than a tip can hold.", code="body_too_large")
    return bytes(whole)


class Bodies:
    """Every body this process is reading, so that a newer request or the end can interrupt them.

    `stopping` tells whatever else takes long that the process ends.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._open: set[Body] = set()
        self._holders: dict[UUID, Body] = {}

    @property
    def uploads(self) -> int:
        """How many uploads' bytes are coming in."""
        return len(self._holders)

    def reading(self, body: Body, upload_id: UUID | None = None) -> "Reading":
        """Keep `body` within reach while it is read."""
        return Reading(self, body, upload_id)

    def add(self, body: Body, upload_id: UUID | None) -> None:
        """Note that `body` is being read, into an upload or not."""
        if self.stopping:
            body.interrupt(Stopping())
        self._open.add(body)
        if upload_id is not None:
            self._holders[upload_id] = body

    def discard(self, body: Body, upload_id: UUID | None) -> None:
        """Note that it is not any more."""
        self._open.discard(body)
        if upload_id is not None and self._holders.get(upload_id) is body:
            del self._holders[upload_id]

    def take_over(self, upload_id: UUID) -> None:
        """Interrupt whoever is reading into this upload; the generation fences what is not reached here."""
        holder = self._holders.pop(upload_id, None)
        if holder is not None:
            holder.interrupt(Superseded())

    def stop(self) -> None:
        """Interrupt every body, now and from now on."""
        self.stopping = True
        for body in list(self._open):
            body.interrupt(Stopping())


class Reading:
    """One body among those being read: a context manager that hands it out.

    A class of its own, since a thousand phones hold one each for hours: a generator would be larger.
    """

    __slots__ = ("_bodies", "_body", "_upload_id")

    def __init__(self, bodies: Bodies, body: Body, upload_id: UUID | None) -> None:
        self._bodies = bodies
        self._body = body
        self._upload_id = upload_id

    def __enter__(self) -> Body:
        self._bodies.add(self._body, self._upload_id)
        return self._body

    def __exit__(self, *_: object) -> None:
        self._bodies.discard(self._body, self._upload_id)
