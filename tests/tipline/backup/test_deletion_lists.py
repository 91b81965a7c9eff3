"""The list of deleted tips that lies in the locked bucket, against a real store."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from evidence.errors import EvidenceError
from evidence.settings import StoreSettings
from evidence.storage.store import Store
from tests.conftest import Database
from tests.tipline.backup.test_deletions import LATER, tip_id
from tipline.backup.deletion_lists import keep, kept_since
from tipline.backup.deletions import Deleted, Deletions, delete_again
from tipline.run.deletions import main

__all__ = ["tip_id"]


def delete(database: Database, tip_id: UUID) -> None:
    assert delete_again(database.admin_url, Deletions(LATER, (Deleted(tip_id, "withdrawn", LATER),))) == 1


def forget(database: Database, tip_id: UUID) -> None:
    """The database is as it was before the deletion, as far as that goes."""
    with database.as_admin() as conn:
        conn.execute("DELETE FROM purge WHERE tip_id = %s", [tip_id])


def run(settings: StoreSettings, url: str, *words: str) -> str:
    assert settings.endpoint
    assert settings.access_key
    assert settings.secret_key
    told = {
        "DATABASE_URL": url,
        "TIPLINE_S3_ENDPOINT": settings.endpoint,
        "TIPLINE_S3_ACCESS_KEY": settings.access_key,
        "TIPLINE_S3_SECRET_KEY": settings.secret_key,
        "TIPLINE_S3_CHECKPOINTS": settings.checkpoints,
    }
    out = io.StringIO()
    main(words, told, io.StringIO(), out)
    return out.getvalue()


def test_what_was_taken_back_is_deleted_again_in_a_database_of_before(
    database: Database, tip_id: UUID, store_settings: StoreSettings
) -> None:
    """Noted with the deletion clock's login, as on AWS; the schedule goes on, and loses nothing by it."""
    clock, admin = database.url("expire"), database.admin_url
    assert run(store_settings, clock, "keep").startswith("Noted 0 deleted tips, as known on ")
    moment = datetime.now(UTC).isoformat()
    delete(database, tip_id)
    assert run(store_settings, clock, "keep").startswith("Noted 1 deleted tips")
    forget(database, tip_id)
    assert run(store_settings, clock, "keep").startswith("Noted 0 deleted tips")
    assert run(store_settings, admin, "again", "kept", moment).startswith("1 tips are being deleted again")
    assert run(store_settings, admin, "again", "kept").startswith("0 tips are being deleted again")


def test_each_piece_holds_what_is_new_and_all_of_them_the_whole(
    database: Database, tip_id: UUID, store: Store
) -> None:
    clock = database.url("expire")
    delete(database, tip_id)
    with database.as_admin() as conn:
        conn.execute("UPDATE purge SET begun_at = begun_at - interval '3 hours'")
    first, second, third = (keep(store, clock) for _ in range(3))
    assert [[tip.tip_id for tip in piece.tips] for piece in (first, second, third)] == [[tip_id], [], []]
    assert kept_since(store, None) == Deletions(third.known_until, first.tips)
    assert kept_since(store, first.known_until) == Deletions(third.known_until, ())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["again", "kept"], "no_deletions"),
        (["again", "kept", (datetime.now(UTC) - timedelta(days=1)).isoformat()], "no_deletions"),
        (["again", "kept", "yesterday"], "invalid"),
        (["again", "kept", "2026-11-26T02:00:00"], "invalid"),
        (["again", "kept", "2026-11-26T02:00:00Z", "more"], "settings"),
        (["forget"], "settings"),
    ],
)
def test_whoever_asks_for_what_is_not_there_is_told_so(
    database: Database, store_settings: StoreSettings, words: list[str], code: str
) -> None:
    with pytest.raises(EvidenceError) as refused:
        run(store_settings, database.admin_url, *words)
    assert refused.value.code == code


def test_a_piece_from_before_the_moment_is_no_list_of_what_came_after(
    database: Database, store: Store
) -> None:
    piece = keep(store, database.url("expire"))
    with pytest.raises(EvidenceError) as refused:
        kept_since(store, piece.known_until)
    assert refused.value.code == "no_deletions"
