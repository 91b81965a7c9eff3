"""What a sender says each second, and at its end; and what it is told: how it stands, and what staff ask."""

from evidence.live import SessionKeys
from evidence.live import door as live
from evidence.live.door import Beat, Look
from intake.database import statement
from intake.door import Door
from intake.live.parts import MOST_PARTS
from intake.live.said import Said, keys_of
from intake.metrics import SENDERS
from intake.wire.http import Answer, Receive, Request, json_answer

_MOST_MILLISECONDS = 2**31 - 1
_MOST_BYTES = 2**62
_MOST_PROMPTS = 1000


async def beat(door: Door, request: Request, receive: Receive) -> Answer:
    """Note that a sender is there; raises `NotFound` (`unknown_live`), `Invalid`."""
    keys, said = keys_of(request), await Said.read(door, receive)
    told = Beat(
        behind_ms=min(said.number("behind_ms", most=_MOST_BYTES), _MOST_MILLISECONDS),
        pending_bytes=said.number("pending_bytes", most=_MOST_BYTES),
        delivered=said.number("delivered", most=_MOST_PROMPTS),
        seen=said.number("seen", most=_MOST_PROMPTS),
        visible=said.flag("visible", default=True),
    )
    stands, prompts = await door.threads.in_database(_beat, door, keys, told)
    SENDERS.heard(keys.token)
    asked = [{"sequence": sequence, "text": text} for sequence, text in prompts]
    return json_answer(200, {**_told(stands), "prompts": asked})


def _beat(door: Door, keys: SessionKeys, told: Beat) -> tuple[Look, list[tuple[int, str]]]:
    with statement(door.pool) as conn:
        return live.beat(conn, keys, told)


async def end(door: Door, request: Request, receive: Receive) -> Answer:
    """Note that a sender has stopped; what it still holds may follow. Safe to repeat."""
    keys, said = keys_of(request), await Said.read(door, receive)
    parts = said.number("parts", most=MOST_PARTS)
    return json_answer(200, _told(await door.threads.in_database(_end, door, keys, parts)))


def _end(door: Door, keys: SessionKeys, parts: int) -> Look:
    with statement(door.pool) as conn:
        return live.end_session(conn, keys, parts)


def _told(stands: Look) -> dict[str, object]:
    return {"state": stands.state, "how": stands.how, "ends_in_s": stands.ends_in}
