"""Looking for echoes of a new media, and writing down what was found.

The look takes its time on a connection of its own; the writing happens in the transaction that moves the
media on, and takes no longer than a few rows do. What other workers wrote down in between is compared then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from evidence import ledger
from evidence.db.connect import Connection
from evidence.echoes import index
from evidence.echoes.pictures import SamePictures, same_pictures
from evidence.echoes.prints import Origin, PicturePrint, Prints
from evidence.echoes.sound import SameSound, same_sound
from evidence.media import Lease
from evidence.media.progress import hold

MOST_ECHOES = 20
"""A clip that came a thousand times is suggested beside the twenty that it is most like."""
_TOO_LATE = ("withdrawn", "purged")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a new media has in common with `media_id`; at least one of the three is there."""

    media_id: UUID
    same_file: bool
    pictures: SamePictures | None
    mirrored: bool
    sound: SameSound | None

    @property
    def score(self) -> float:
        """0 to 1, for putting the likeliest first."""
        if self.same_file:
            return 1.0
        seen = self.pictures.share * (1 - self.pictures.distance / 256) if self.pictures else 0.0
        heard = (1 - self.sound.wrong) * min(1.0, self.sound.length_ms / 10_000) if self.sound else 0.0
        return min(0.99, max(seen, heard))


@dataclass(frozen=True, slots=True)
class Candidates:
    """The fingerprints of whatever may hold what a new media holds, and those of the same bytes."""

    prints: Mapping[UUID, Prints]
    same_file: frozenset[UUID]
    known: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look-up found, likeliest first, and the number of the last media it could know of."""

    prints: Prints
    mirror: int
    found: tuple[Likeness, ...]
    known: int


def recipe_of(conn: Connection, media_id: UUID) -> str | None:
    """The recipe by which a media was fingerprinted; None where it was not."""
    row = conn.execute("SELECT recipe FROM printed WHERE media_id = %s", [media_id]).fetchone()
    return None if row is None else row[0]


def seek(conn: Connection, lease: Lease, prints: Prints, mirror: int) -> Candidates:
    """Ask the index what a new media may be like. `mirror` is the mask of a mirrored picture's print."""
    known = _last(conn)
    but = _of_this_tip(conn, lease)
    by_pictures = index.near_pictures(conn, prints.pictures, mirror, but)
    near = {media_id for media_id, _ in by_pictures} | set(index.near_sound(conn, prints.sound, but))
    return _fetched(conn, lease, near, known)


def compare(candidates: Candidates, prints: Prints, mirror: int) -> Look:
    """Compare a new media with each candidate whole. Pure, and no connection is kept waiting meanwhile."""
    turned = tuple(replace(picture, bits=picture.bits ^ mirror) for picture in prints.pictures)
    found = (
        _likeness(media_id, prints, turned, theirs, same_file=media_id in candidates.same_file)
        for media_id, theirs in candidates.prints.items()
    )
    alike = _likeliest(like for like in found if like is not None)
    return Look(prints, mirror, alike, candidates.known)


def write_down(conn: Connection, lease: Lease, looked: Look, origin: Origin) -> None:
    """Put the fingerprints into the index and suggest the echoes; run twice, each is suggested once.

    Raises `LeaseLost`. Nothing is written for a tip that has been withdrawn or purged meanwhile.
    """
    hold(conn, lease)
    if _gone(conn, lease):
        return
    number = _take_turn(conn)
    late = _fetched(conn, lease, _since(conn, lease, looked.known), looked.known)
    found = {like.media_id: like for like in looked.found}
    found |= {like.media_id: like for like in compare(late, looked.prints, looked.mirror).found}
    index.keep(conn, lease.media_id, looked.prints)
    conn.execute(
        "INSERT INTO printed (media_id, recipe, number) VALUES (%s, %s, %s)"
        " ON CONFLICT (media_id) DO UPDATE SET recipe = excluded.recipe, number = excluded.number",
        [lease.media_id, origin.recipe, number],
    )
    ledger.append(conn, lease.tip_id, "fingerprinted", "worker", {
        "media": str(lease.media_id), "recipe": origin.recipe, "pictures": len(looked.prints.pictures),
        "sounds": len(looked.prints.sound), "tools": origin.tools, "command": origin.command,
    })  # fmt: skip
    suggested = [_suggest(conn, lease, like) for like in _likeliest(found.values())]
    if others := [figures for figures in suggested if figures is not None]:
        # One entry for all: a clip that came a thousand times fills no history.
        details = {"media": str(lease.media_id), "others": others}
        ledger.append(conn, lease.tip_id, "echo_found", "worker", details)


def _fetched(conn: Connection, lease: Lease, near: Iterable[UUID], known: int) -> Candidates:
    same_file = frozenset(_same_file(conn, lease))
    return Candidates(index.prints_of(conn, sorted({*near, *same_file})), same_file, known)


def _likeness(
    media_id: UUID, ours: Prints, turned: tuple[PicturePrint, ...], theirs: Prints, *, same_file: bool
) -> Likeness | None:
    straight = same_pictures(ours.pictures, theirs.pictures)
    in_mirror = same_pictures(turned, theirs.pictures) if straight is None else None
    sound = same_sound(ours.sound, theirs.sound)
    if straight is None and in_mirror is None and sound is None and not same_file:
        return None
    return Likeness(media_id, same_file, straight or in_mirror, in_mirror is not None, sound)


def _likeliest(found: Iterable[Likeness]) -> tuple[Likeness, ...]:
    return tuple(sorted(found, key=lambda like: (-like.score, like.media_id))[:MOST_ECHOES])


def _suggest(conn: Connection, lease: Lease, like: Likeness) -> dict[str, object] | None:
    """Put an echo among those that staff see; its figures for the ledger, None where it was there before."""
    first, second = sorted((lease.media_id, like.media_id))
    figures: dict[str, object] = {
        "score": round(like.score, 3),
        "same_file": like.same_file,
        "pictures_ms": like.pictures.length_ms if like.pictures else None,
        "mirrored": like.mirrored,
        "sound_ms": like.sound.length_ms if like.sound else None,
    }
    known = conn.execute(
        "UPDATE echo SET score = %(score)s, same_file = %(same_file)s, pictures_ms = %(pictures_ms)s,"
        " mirrored = %(mirrored)s, sound_ms = %(sound_ms)s"
        " WHERE first_media = %(first)s AND second_media = %(second)s",
        {**figures, "first": first, "second": second},
    )
    if known.rowcount:
        return None
    other = conn.execute(
        "SELECT media.tip_id FROM media JOIN tip ON tip.id = media.tip_id"
        " WHERE media.id = %s AND tip.state <> ALL(%s)",
        [like.media_id, list(_TOO_LATE)],
    ).fetchone()
    if other is None:
        return None
    conn.execute(
        "INSERT INTO echo (first_media, second_media, score, same_file, pictures_ms, mirrored, sound_ms)"
        " VALUES (%(first)s, %(second)s, %(score)s, %(same_file)s, %(pictures_ms)s, %(mirrored)s,"
        " %(sound_ms)s)",
        {**figures, "first": first, "second": second},
    )
    # The other tip's chain gets no entry from us, whose turn there is not ours; its open pages look again.
    conn.execute("SELECT pg_notify('ledger', %s)", [f"{other[0]} echo_found"])
    return {"tip": str(other[0]), "media": str(like.media_id), **figures}


def _last(conn: Connection) -> int:
    row = conn.execute("SELECT last FROM print_turn").fetchone()
    return int(row[0]) if row else 0


def _take_turn(conn: Connection) -> int:
    """The next number; whoever else wants one waits for our commit, so that numbers come to be in order."""
    row = conn.execute("UPDATE print_turn SET last = last + 1 RETURNING last").fetchone()
    if row is None:
        raise RuntimeError("print_turn has lost its row")
    return int(row[0])


def _since(conn: Connection, lease: Lease, known: int) -> list[UUID]:
    rows = conn.execute(
        "SELECT media_id FROM printed JOIN media ON media.id = media_id"
        " WHERE number > %s AND media.tip_id <> %s ORDER BY number DESC LIMIT 100",
        [known, lease.tip_id],
    )
    return [media_id for (media_id,) in rows]


def _of_this_tip(conn: Connection, lease: Lease) -> list[UUID]:
    rows = conn.execute("SELECT id FROM media WHERE tip_id = %s", [lease.tip_id])
    return [media_id for (media_id,) in rows]


def _same_file(conn: Connection, lease: Lease) -> list[UUID]:
    """Media of other tips whose original has the same bytes, the newest of them."""
    rows = conn.execute(
        "SELECT other.id FROM media JOIN media AS other ON other.sha256 = media.sha256"
        " JOIN tip ON tip.id = other.tip_id"
        " WHERE media.id = %s AND other.tip_id <> media.tip_id AND other.state <> 'purged'"
        " AND tip.state <> ALL(%s) ORDER BY other.received_at DESC LIMIT %s",
        [lease.media_id, list(_TOO_LATE), MOST_ECHOES],
    )
    return [media_id for (media_id,) in rows]


def _gone(conn: Connection, lease: Lease) -> bool:
    row = conn.execute(
        "SELECT media.state = 'purged' OR tip.state = ANY(%s) FROM media JOIN tip ON tip.id = media.tip_id"
        " WHERE media.id = %s",
        [list(_TOO_LATE), lease.media_id],
    ).fetchone()
    return row is None or bool(row[0])
