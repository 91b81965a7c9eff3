"""The index: fingerprints in Postgres, and the media that may hold what a new one holds.

A look-up here is a guess that forgets little: what it names is then compared picture by picture. How the
bands came to be chosen, and what was measured: docs/decisions/0022-bands-of-bits.md.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from evidence.db.connect import Connection
from evidence.echoes.pictures import NEAR_BITS
from evidence.echoes.prints import PicturePrint, Prints
from evidence.echoes.sound import telling

_Item = TypeVar("_Item")

ASKED_PICTURES = 32
"""Of a recording, this many pictures over its whole length are looked up, each as it is and mirrored."""
_ASKED_ITEMS = 1_000
_NEAREST = 50
_COMMON_ITEM = 200
_MOST_CANDIDATES = 30
_MARKED = 4
"""Each fourth item is kept to be found by; whoever looks asks for all, and so for the right fourth."""

_BY_PICTURES = """
    SELECT near.media_id, asked.mirrored
    FROM unnest(%(bits)s::text[], %(mirrored)s::boolean[]) AS asked (bits, mirrored),
        LATERAL (
            SELECT media_id FROM picture_print
            WHERE picture_bands(bits) && picture_bands(asked.bits::bit(256))
                AND bit_count(bits # asked.bits::bit(256)) <= %(near)s AND media_id <> ALL (%(but)s)
            ORDER BY bit_count(bits # asked.bits::bit(256)) LIMIT %(nearest)s
        ) AS near
    GROUP BY near.media_id, asked.mirrored ORDER BY count(*) DESC, near.media_id LIMIT %(most)s
"""
_BY_SOUND = """
    SELECT found.media_id
    FROM unnest(%(items)s::bigint[]) AS asked (item),
        LATERAL (
            SELECT media_id FROM sound_mark
            WHERE sound_mark.item = asked.item AND media_id <> ALL (%(but)s) LIMIT %(common)s
        ) AS found
    GROUP BY found.media_id ORDER BY count(*) DESC, found.media_id LIMIT %(most)s
"""


def near_pictures(
    conn: Connection, pictures: Sequence[PicturePrint], mirror: int, but: Iterable[UUID]
) -> list[tuple[UUID, bool]]:
    """Media of which some picture is near one of these, likeliest first, each with whether it is mirrored.

    `mirror` is the mask that turns a print into its mirror image's; `but` are media to leave out.
    """
    asked = _over_the_length(pictures, ASKED_PICTURES)
    values = {
        "bits": [_text(picture.bits ^ mask) for mask in (0, mirror) for picture in asked],
        "mirrored": [turned for turned in (False, True) for _ in asked],
        "near": NEAR_BITS, "but": list(but), "nearest": _NEAREST, "most": _MOST_CANDIDATES,
    }  # fmt: skip
    with conn.transaction():
        # A planner that has seen few rows yet would read them all.
        conn.execute("SET LOCAL enable_seqscan = off")
        return conn.execute(_BY_PICTURES, values).fetchall()


def near_sound(conn: Connection, sound: Sequence[int], but: Iterable[UUID]) -> list[UUID]:
    """Media that share telling items of sound with this one, likeliest first."""
    items = _over_the_length(telling(sound), _ASKED_ITEMS)
    values = {"items": items, "but": list(but), "common": _COMMON_ITEM, "most": _MOST_CANDIDATES}
    with conn.transaction():
        conn.execute("SET LOCAL enable_seqscan = off")
        return [media_id for (media_id,) in conn.execute(_BY_SOUND, values)]


def prints_of(conn: Connection, media_ids: Iterable[UUID]) -> dict[UUID, Prints]:
    """All fingerprints of several media."""
    wanted = list(media_ids)
    pictures: dict[UUID, list[PicturePrint]] = {media_id: [] for media_id in wanted}
    for media_id, at_ms, until_ms, bits in conn.execute(
        "SELECT media_id, at_ms, until_ms, bits::text FROM picture_print WHERE media_id = ANY(%s)"
        " ORDER BY media_id, at_ms",
        [wanted],
    ):
        pictures[media_id].append(PicturePrint(at_ms, until_ms, int(bits, 2)))
    sound = {
        media_id: struct.unpack(f"<{len(items) // 4}I", items)
        for media_id, items in conn.execute(
            "SELECT media_id, items FROM sound_print WHERE media_id = ANY(%s)", [wanted]
        )
    }
    return {media_id: Prints(tuple(pictures[media_id]), sound.get(media_id, ())) for media_id in wanted}


def keep(conn: Connection, media_id: UUID, prints: Prints) -> None:
    """Put a media's fingerprints into the index, in place of those that it had."""
    for table in ("picture_print", "sound_print", "sound_mark"):
        conn.execute(f"DELETE FROM {table} WHERE media_id = %s", [media_id])
    pictures = prints.pictures
    conn.execute(
        "INSERT INTO picture_print (media_id, at_ms, until_ms, bits)"
        " SELECT %s, at_ms, until_ms, bits::bit(256)"
        " FROM unnest(%s::integer[], %s::integer[], %s::text[]) AS print (at_ms, until_ms, bits)",
        [
            media_id,
            [picture.at_ms for picture in pictures],
            [picture.until_ms for picture in pictures],
            [_text(picture.bits) for picture in pictures],
        ],
    )
    if not prints.sound:
        return
    conn.execute(
        "INSERT INTO sound_print (media_id, items) VALUES (%s, %s)",
        [media_id, struct.pack(f"<{len(prints.sound)}I", *prints.sound)],
    )
    marks = set(telling(prints.sound)) & set(prints.sound[::_MARKED])
    conn.execute(
        "INSERT INTO sound_mark (item, media_id) SELECT unnest(%s::bigint[]), %s", [sorted(marks), media_id]
    )


def _text(bits: int) -> str:
    return format(bits, "0256b")


def _over_the_length(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """All items, or `most` of them at even distances."""
    if len(items) <= most:
        return items
    return [items[at * len(items) // most] for at in range(most)]
