"""A new clip compared with a million pictures that came before: our index beside a scan of the whole table.

The million is made up, as nothing else could be had in such numbers: scenes of random signs that drift from
picture to picture, and a tenth of all clips from twenty cameras that never move. What is looked up is a copy
of one of them with an eighth of its bits turned over, or a stranger.
"""

import random
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from psycopg import Connection

from evidence import echoes
from evidence.db.connect import connect
from evidence.db.migrate import migrate
from evidence.echoes import PicturePrint, Prints, index
from evidence.media import Lease
from tipline.up.postgres import EmbeddedPostgres
from workers.prints.cosine import MIRROR

PICTURES_OF_A_CLIP = 40
"""Ten seconds, four pictures each."""
ITEMS_OF_A_CLIP = 59
_STEP_MS = 250
_SCENE = 10
_CAMERAS = 20
_WORN_BITS = 32
_WORN_RATE = 0.05
_SCAN = """
    SELECT count(*) FROM unnest(%s::text[]) AS asked (bits),
        picture_print AS print WHERE bit_count(print.bits # asked.bits::bit(256)) <= 64
"""


@dataclass(frozen=True)
class Looks:
    """Milliseconds of each look-up and of each scan, and how many of the copies were found."""

    ours: list[float]
    scan: list[float]
    copies: int
    found: int

    @property
    def p95(self) -> float:
        """Of ours."""
        return statistics.quantiles(self.ours, n=20)[-1]


@dataclass(frozen=True)
class Archive:
    """A database with clips in it: `seed` and `number` give the prints of each again."""

    worker_url: str
    admin_url: str
    clips: list[UUID]


@contextmanager
def archive(work: Path, pictures: int) -> Iterator[Archive]:
    """A database of its own under `work`, with so many pictures in the index."""
    password = secrets.token_urlsafe()
    with EmbeddedPostgres(work / "archive").running() as server:
        migrate(server.admin_url, {"tipline_worker": password})
        clips = [uuid4() for _ in range(pictures // PICTURES_OF_A_CLIP)]
        with connect(server.admin_url) as conn:
            _fill(conn, clips)
        with connect(server.admin_url, autocommit=True) as conn:
            conn.execute("VACUUM ANALYZE")
        address = f"127.0.0.1:{server.port}/tipline?sslmode=disable"
        yield Archive(f"postgresql://tipline_worker:{password}@{address}", server.admin_url, clips)


def look_up(archive: Archive, looks: int, scans: int) -> Looks:
    """Look up copies, every fifth time a stranger, in an order of chance; then scan for a few of the same."""
    draw = random.Random(1)
    ours, found, copies = [], 0, 0
    asked: list[Prints] = []
    with connect(archive.worker_url, autocommit=True) as conn:
        for turn in range(looks):
            number = draw.randrange(len(archive.clips))
            stranger = turn % 5 == 4
            prints = clip(-turn - 1) if stranger else _worn(clip(number), draw)
            asked.append(prints)
            began = time.perf_counter()
            candidates = echoes.seek(conn, Lease(uuid4(), uuid4(), "survey", 1, 1), prints, MIRROR)
            looked = echoes.compare(candidates, prints, MIRROR)
            ours.append(1000 * (time.perf_counter() - began))
            copies += not stranger
            found += not stranger and archive.clips[number] in {like.media_id for like in looked.found}
    return Looks(ours, [_scan(archive, prints) for prints in asked[:scans]], copies, found)


def clip(number: int) -> Prints:
    """The prints of a clip, the same for the same number; each tenth is of a camera that never moves."""
    draw = random.Random(number)
    pictures = []
    for at in range(PICTURES_OF_A_CLIP):
        if number >= 0 and number % 10 == 0:
            scene = random.Random(-1_000_000 - number // 10 % _CAMERAS).getrandbits(256)
            bits = _turned(scene, draw.randrange(4, 30), draw)
        else:
            if at % _SCENE == 0:
                scene = draw.getrandbits(256)
            bits = _turned(scene, draw.randrange(14), draw)
        pictures.append(PicturePrint(_STEP_MS * at, _STEP_MS * (at + 1), bits))
    return Prints(tuple(pictures), tuple(draw.getrandbits(32) for _ in range(ITEMS_OF_A_CLIP)))


def _worn(prints: Prints, draw: random.Random) -> Prints:
    return Prints(
        tuple(PicturePrint(p.at_ms, p.until_ms, _turned(p.bits, _WORN_BITS, draw)) for p in prints.pictures),
        tuple(
            item ^ sum(1 << bit for bit in range(32) if draw.random() < _WORN_RATE) for item in prints.sound
        ),
    )


def _turned(bits: int, count: int, draw: random.Random) -> int:
    for _ in range(count):
        bits ^= 1 << draw.randrange(256)
    return bits


def _fill(conn: Connection, clips: list[UUID]) -> None:
    values = {"ids": clips}
    conn.execute("INSERT INTO tip (id, channel) SELECT unnest(%(ids)s), 'web'", values)
    conn.execute(
        "INSERT INTO upload (id, tip_id, state, expires_at)"
        " SELECT id, id, 'received', now() FROM unnest(%(ids)s) AS id",
        values,
    )
    conn.execute(
        "INSERT INTO media (id, tip_id, upload_id, bytes, leaves_sha256)"
        " SELECT id, id, id, 1, sha256(id::text::bytea) FROM unnest(%(ids)s) AS id",
        values,
    )
    for number, media_id in enumerate(clips):
        index.keep(conn, media_id, clip(number))


def _scan(archive: Archive, prints: Prints) -> float:
    step = max(1, len(prints.pictures) // index.ASKED_PICTURES)
    asked = [picture.bits ^ mask for mask in (0, MIRROR) for picture in prints.pictures[::step]]
    with connect(archive.admin_url) as conn:
        began = time.perf_counter()
        conn.execute(_SCAN, [[format(bits, "0256b") for bits in asked[: 2 * index.ASKED_PICTURES]]])
        return 1000 * (time.perf_counter() - began)
