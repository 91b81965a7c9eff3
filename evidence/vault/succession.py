"""Another key of the vault in the place of an earlier one, while texts come and go.

The database names the keys in use. A door that has a newer one, and the one in use among its earlier keys,
puts the newer one in its place, and then renews numbers in small batches. A door that does not know the key
in use does nothing with texts: it would take whoever it does not know for somebody new, STOP or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import Invalid, Unavailable
from evidence.vault.keys import VaultKeys, key_id

KeyName = Literal["vault", "number"]

BATCH = 200
FIRST = UUID(int=0)
_SAY_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class KeyInUse:
    """One of the two keys, as the database knows it, by the id of `key_id`.

    `left_over` numbers still lie under an earlier key, None until they were gone through. `refused_at`, told
    of the number's key alone, is when a door last came that does not know both keys in use.
    """

    what: KeyName
    id: bytes
    since: datetime
    left_over: int | None
    refused_at: datetime | None


def keys_in_use(conn: Connection) -> list[KeyInUse]:
    """Return both; none where no door ever ran. As the SMS door or the operator."""
    with conn.cursor(row_factory=class_row(KeyInUse)) as cursor:
        return cursor.execute(
            "SELECT what, id, since, left_over, refused_at FROM text_key ORDER BY what DESC"
        ).fetchall()


def agree(conn: Connection, keys: VaultKeys) -> None:
    """Raise `Unavailable` (`another_key`) unless these are the keys in use.

    They stay in use until the caller's transaction ends: whoever succeeds them finds all that it made.
    """
    # Not an advisory lock, which any login could hold; nor a row's, into which counts are written meanwhile.
    conn.execute("LOCK TABLE text_key IN ROW SHARE MODE")
    if not _newest(conn, keys):
        raise Unavailable(
            "The numbers in this database lie under other keys than this door's: see docs/runbooks/keys.md.",
            code="another_key",
        )


def succeed(conn: Connection, keys: VaultKeys) -> None:
    """Put these keys into use, where those in use are among them; raises as `agree`, and holds them as that.

    Where none was noted yet they are in use.
    """
    if _are_next(conn, keys):
        conn.execute("LOCK TABLE text_key IN EXCLUSIVE MODE")
        for what, (newest, *earlier) in _ids(keys).items():
            first = conn.execute(
                "INSERT INTO text_key (what, id) VALUES (%s, %s) ON CONFLICT DO NOTHING", [what, newest]
            ).rowcount
            if first and what == "number" and not earlier:
                # Marks from before that was noted are this key's; where a number is here, `renew` tries it.
                conn.execute(
                    "UPDATE texter SET marked_by = %s"
                    " WHERE mark IS NOT NULL AND marked_by IS NULL AND sealed IS NULL",
                    [newest],
                )
            conn.execute(
                "UPDATE text_key SET id = %s, since = clock_timestamp(), left_over = NULL"
                " WHERE what = %s AND id = ANY(%s)",
                [newest, what, earlier],
            )
    agree(conn, keys)


def _ids(keys: VaultKeys) -> dict[KeyName, list[bytes]]:
    """The ids of both and of those before them, the newest first."""
    return {
        "number": [key_id(key) for key in (keys.marking, *keys.earlier_marking)],
        "vault": [key_id(key) for key in (keys.sealing, *keys.earlier_sealing)],
    }


def _noted(conn: Connection) -> dict[KeyName, bytes]:
    return dict(conn.execute("SELECT what, id FROM text_key").fetchall())


def _newest(conn: Connection, keys: VaultKeys) -> bool:
    return _noted(conn) == {what: newest for what, (newest, *_) in _ids(keys).items()}


def _are_next(conn: Connection, keys: VaultKeys) -> bool:
    """Whether they may be put into use and are not; whoever knows not those in use makes nobody wait."""
    noted, ids = _noted(conn), _ids(keys)
    known = all(used in ids[what] for what, used in noted.items())
    return known and noted != {what: newest for what, (newest, *_) in ids.items()}


def note_refused(conn: Connection) -> None:
    """Note, each minute at most, that a door came which does not know the keys in use."""
    conn.execute(
        "UPDATE text_key SET refused_at = clock_timestamp() WHERE what = 'number'"
        " AND (refused_at IS NULL OR refused_at < clock_timestamp() - %s)",
        [_SAY_AGAIN],
    )


@dataclass(frozen=True)
class Renewed:
    """What a batch came to: where the next one begins, None at the end, and how many no key opens."""

    then: UUID | None
    unopened: int


def renew(conn: Connection, keys: VaultKeys, after: UUID = FIRST, most: int = BATCH) -> Renewed:
    """Seal and mark the next numbers anew, under the newest keys, from `FIRST` on.

    Safe to be done twice, and by several doors at once. What none of the keys opens stays as it is.
    """
    agree(conn, keys)
    rows = conn.execute(
        "SELECT id, sealed, mark, marked_by FROM texter WHERE sealed IS NOT NULL AND id > %s"
        " ORDER BY id LIMIT %s",
        [after, most],
    ).fetchall()
    opened = [_renew_one(conn, keys, *row) for row in rows]
    return Renewed(rows[-1][0] if len(rows) == most else None, opened.count(False))


def _renew_one(
    conn: Connection, keys: VaultKeys, texter_id: UUID, sealed: bytes, mark: bytes, marked_by: bytes | None
) -> bool:
    """Whether any key opens it."""
    try:
        number = keys.open(sealed)
    except Invalid:
        return False
    # The release before does not say whose its marks are.
    if keys.is_renewed(sealed) and (mark, marked_by) == (keys.mark(number), key_id(keys.marking)):
        return True
    # Whoever wrote meanwhile did so under the newest keys. The same number may have come as somebody new
    # while an earlier key was lost.
    conn.execute(
        "UPDATE texter t SET sealed = %(anew)s,"
        " (mark, marked_by) = (SELECT CASE WHEN taken THEN t.mark ELSE %(mark)s END,"
        "                             CASE WHEN taken THEN t.marked_by ELSE %(by)s END"
        "  FROM (SELECT EXISTS (SELECT FROM texter o WHERE o.mark = %(mark)s AND o.id <> t.id) AS taken) x)"
        " WHERE id = %(id)s AND sealed = %(sealed)s",
        {
            "id": texter_id, "sealed": sealed, "anew": keys.seal(number), "mark": keys.mark(number),
            "by": key_id(keys.marking),
        },
    )  # fmt: skip
    return True


def count_left_over(conn: Connection, keys: VaultKeys, unopened: int) -> None:
    """Note how many numbers still lie under earlier keys: those that could not be opened, or only marked.

    After a whole round of `renew`. Nobody's mark is renewed whose number was destroyed by STOP.
    """
    agree(conn, keys)
    conn.execute("UPDATE text_key SET left_over = %s WHERE what = 'vault'", [unopened])
    count_marks_left_over(conn, keys)


def count_marks_left_over(conn: Connection, keys: VaultKeys) -> None:
    """Note the same of marks alone."""
    conn.execute(
        "UPDATE text_key SET left_over = (SELECT count(*) FROM texter"
        "  WHERE mark IS NOT NULL AND marked_by IS DISTINCT FROM %s) WHERE what = 'number'",
        [key_id(keys.marking)],
    )
