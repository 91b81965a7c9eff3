"""A session's parts: uploads of unknown length, opened here, sent to `/files/`, and told of at their end."""

from contextlib import suppress
from uuid import UUID

from evidence.errors import Conflict, Invalid, NotFound
from evidence.live import SessionKeys
from evidence.live import door as live
from evidence.live.chain import chain_of
from evidence.live.refusals import LiveClosed, unknown_session
from evidence.live.session import PART_KINDS, WHYS, PartKind
from evidence.spool import Standing, UploadSecret
from intake.database import statement
from intake.door import Door
from intake.live.said import Said, keys_of
from intake.uploads.addresses import PREFIX as UPLOADS
from intake.uploads.describing import describe
from intake.wire.http import Answer, Receive, Request, json_answer

# A new one every ten minutes, and at each turn of the phone: nobody turns it so often.
MOST_PARTS = 1000
MOST_CHUNKS = 100_000
_MOST_CHUNK_BYTES = 2**31 - 1
_ENDINGS = {"video/webm": "webm", "audio/webm": "webm", "video/mp4": "mp4", "application/jsonl": "jsonl"}


async def open_part(door: Door, request: Request, receive: Receive) -> Answer:
    """Open the upload of a part; asked again with the same number it is the same upload, also once closed.

    Raises `NotFound` (`unknown_live`), `LiveClosed`, `TooMany` (`live_too_many`), `Invalid`.
    """
    keys = keys_of(request)
    said = await Said.read(door, receive)
    sequence = said.number("sequence", least=1, most=MOST_PARTS)
    kind, mime = said.one_of("kind", PART_KINDS), said.mime("mime")
    began_at, why = said.moment("began_ms"), said.one_of("why", WHYS)
    secret = UploadSecret(keys.part_secret(sequence))
    upload = describe(door, secret, None, _named(sequence, kind, mime), live=True)

    def place() -> None:
        with statement(door.pool) as conn:
            if not _takes_parts(live.look(conn, keys)):
                # Nothing is begun any more; who comes back may ask how far a part came.
                if live.upload_of(conn, keys, sequence) is None:
                    raise LiveClosed
                return
            standing = door.spool.create(upload, repeatable=True)
            live.note_part(
                conn,
                keys,
                sequence,
                upload.id,
                kind=kind,
                mime=mime,
                began_at=began_at,
                why=why,
                expires_at=standing.expires_at,
                most=MOST_PARTS,
            )

    await door.threads.in_database(place)
    base = request.scope.get("root_path", "")
    return json_answer(201, {"location": f"{base}{UPLOADS}/{secret.text}"})


def _takes_parts(stands: live.Look | None) -> bool:
    if stands is None:
        raise unknown_session()
    return stands.state != "closed"


def _named(sequence: int, kind: PartKind, mime: str) -> dict[str, bytes]:
    ending = _ENDINGS.get(mime.split(";", maxsplit=1)[0], "bin")
    return {"filename": f"live-{kind}-{sequence:03}.{ending}".encode(), "filetype": mime.encode()}


async def end_part(door: Door, request: Request, receive: Receive, sequence: int) -> Answer:
    """Take down what a sender says of a part that it has sent whole, and say whether the bytes here agree.

    Raises `NotFound` (`unknown_live`), `Conflict` (`part_unfinished`), `Invalid`.
    """
    keys = keys_of(request)
    said = await Said.read(door, receive)
    lengths = said.numbers("lengths", most=_MOST_CHUNK_BYTES)
    size = said.number("bytes", most=door.settings.most_live_bytes)
    chain = said.sha256("chain")
    if len(lengths) > MOST_CHUNKS or sum(lengths) != size:
        raise Invalid("The pieces' lengths do not make up the part's bytes.", code="live_member")
    upload_id = await door.threads.in_database(_upload_of, door, keys, sequence)
    holds = await door.threads.at_length(_holds, door, upload_id, lengths, chain)

    def note() -> None:
        with statement(door.pool) as conn:
            live.end_part(conn, keys, sequence, size=size, lengths=lengths, chain=chain, holds=holds)

    await door.threads.in_database(note)
    return json_answer(200, {"chain_holds": holds})


def _upload_of(door: Door, keys: SessionKeys, sequence: int) -> UUID:
    with statement(door.pool) as conn:
        upload_id = live.upload_of(conn, keys, sequence)
    if upload_id is None:
        raise NotFound("There is no such part of a broadcast.", code="unknown_live")
    return upload_id


def _holds(door: Door, upload_id: UUID, lengths: list[int], chain: bytes) -> bool | None:
    """Whether the spool's bytes make this chain; None where a worker has sealed them already."""
    standing = _standing(door, upload_id)
    if standing is not None and not standing.complete:
        raise Conflict("The part is not all here yet; send the rest first.", code="part_unfinished")
    try:
        source = door.spool.whole(upload_id).open("rb")
    except FileNotFoundError:
        return None
    with source:
        return chain_of(source.read, lengths) == chain


def _standing(door: Door, upload_id: UUID) -> Standing | None:
    with suppress(NotFound):
        return door.spool.look(upload_id)
    return None
