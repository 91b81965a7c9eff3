"""`POST /live`: a session opened, on a tip of its own or one that is there; or found again."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid, NotFound, Unavailable
from evidence.live import LiveLink, SessionKeys
from evidence.live import door as live
from evidence.live.door import Limits, Way
from evidence.thread import Receipt, TipText
from evidence.tips import door as tips
from evidence.tips.door import AlreadyOpen, TipKeys, token_text
from intake.database import statement, transaction
from intake.door import Door
from intake.live.said import Said
from intake.pages.language import known, spoken_in
from intake.repeats import HEADER, RepeatKey
from intake.uploads.receiving import LIVE_CHUNK_BYTES
from intake.wire.http import Answer, Receive, Request, json_answer

PART_MINUTES = 10
_NOTHING_READ = hashlib.sha256(b"").hexdigest()


class LiveOff(Unavailable):
    """This agency takes no broadcasts."""

    default_code = "live_off"

    def __init__(self) -> None:
        super().__init__("Nobody can go live here just now. Record a clip and send it instead.")


@dataclass(frozen=True)
class Asked:
    """A session that is asked for. `way` and `key` lead to its tip; without, one is opened for it."""

    terms: str
    language: str
    way: Way | None
    key: bytes

    @classmethod
    def read(cls, said: Said, request: Request) -> "Asked":
        """Read it; raises `Invalid`, or `Gone` for what cannot be a link."""
        ways = [name for name in ("link", "receipt", "relay", "tip") if said.has(name)]
        if len(ways) > 1:
            raise Invalid("Give a link, a receipt or a relay's token, and no two.", code="live_member")
        way, key = _way_of(said, ways[0]) if ways else (None, b"")
        # A relay shows no page: what was agreed to is the paper that the camera's owner signed.
        terms = _NOTHING_READ if way == "relay" else said.sha256("terms").hex()
        return cls(terms, _language(said, request), way, key)


def _way_of(said: Said, name: str) -> tuple[Way, bytes]:
    if name == "link":
        return "link", LiveLink.from_text(said.text(name)).token
    if name == "receipt":
        return "receipt", Receipt.from_words(said.text(name)).lookup
    return ("relay" if name == "relay" else "tip"), said.secret(name)


def _language(said: Said, request: Request) -> str:
    query: bytes = request.scope.get("query_string", b"")
    accepted = request.headers.get("accept-language", "")
    said_it = known(said.text("language")) if said.has("language") else None
    return said_it or spoken_in(query.decode("latin-1"), accepted)


async def open_live(door: Door, request: Request, receive: Receive) -> Answer:
    """Open a session.

    Raises `LiveOff`, `LiveFull`, `Gone` (`link_used`), `Forbidden` (`consent_not_given`), `NotFound`
    (`unknown_tip`), or as `Guard.admit_live`.
    """
    if door.settings.live == "off":
        raise LiveOff
    asked = Asked.read(await Said.read(door, receive), request)
    repeat_key = RepeatKey.read(request.headers.get(HEADER.lower()), door.settings.database_url)
    if repeat_key is None:
        repeat_key = RepeatKey.drawn()
    told = (asked.way or "").encode(), asked.key, asked.terms.encode(), asked.language.encode()
    keys = SessionKeys(repeat_key.seed("live session", *told))
    of_tip = TipKeys.from_seed(repeat_key.seed("live tip", *told)) if asked.way is None else None
    session_id = await door.threads.in_database(_find, door, keys)
    if session_id is None:
        await _admit(door, request, asked)
        try:
            session_id = await door.threads.in_database(_open, door, asked, keys, of_tip)
        except NotFound:
            door.guard.count_wrong_words(request)
            raise
    return _answer(door, asked, session_id, keys, of_tip)


async def _admit(door: Door, request: Request, asked: Asked) -> None:
    if asked.way in ("receipt", "link"):
        door.guard.admit_words(request)
    await door.guard.admit_live(request, opens_tip=asked.way is None)


def _find(door: Door, keys: SessionKeys) -> UUID | None:
    """Find what the same request has opened; `Conflict` where that was long ago: no words are told again."""
    with statement(door.pool) as conn:
        found = live.look(conn, keys)
    if found is not None and found.opened_at + door.settings.upload_lifetime <= datetime.now(UTC):
        raise Conflict("This broadcast was opened long ago; begin a new one.", code="repeated_too_late")
    return None if found is None else found.session_id


def _open(door: Door, asked: Asked, keys: SessionKeys, of_tip: TipKeys | None) -> UUID:
    try:
        with transaction(door.pool) as conn:
            return _open_in(conn, door, asked, keys, of_tip)
    except AlreadyOpen:
        # The same request on another line was faster; tip and session come together.
        found = _find(door, keys)
        if found is None:
            raise
        return found


def _open_in(conn: Connection, door: Door, asked: Asked, keys: SessionKeys, of_tip: TipKeys | None) -> UUID:
    settings = door.settings
    way, key = asked.way, asked.key
    if of_tip is not None:
        tips.open_tip(
            conn,
            TipText(),
            channel="live",
            language=asked.language,
            agency_public_key=settings.agency_public_key,
            uploads_until=datetime.now(UTC) + settings.upload_lifetime,
            keys=of_tip,
        )
        way, key = "tip", of_tip.token
    return live.open_session(
        conn, keys, way or "tip", key, terms=asked.terms, language=asked.language, limits=limits(door, way)
    )


def limits(door: Door, way: Way | None) -> Limits:
    """Return what a session may have, by whom it is opened."""
    settings = door.settings
    if way == "relay":
        return Limits(settings.camera_minutes, settings.camera_bytes, settings.live_at_once)
    return Limits(settings.live_minutes, settings.live_bytes, settings.live_at_once)


def _answer(door: Door, asked: Asked, session_id: UUID, keys: SessionKeys, of_tip: TipKeys | None) -> Answer:
    may = limits(door, asked.way)
    told: dict[str, object] = {
        "session": str(session_id),
        "token": token_text(keys.token),
        "limits": {
            "minutes": may.minutes,
            "bytes": may.max_bytes,
            "part_minutes": PART_MINUTES,
            "patch_bytes": LIVE_CHUNK_BYTES,
        },
    }
    if of_tip is not None:
        told["receipt"] = of_tip.receipt.words
    return json_answer(201, told)
