"""What the pipeline found out about a file reaches whoever sent it, in words that say what to do."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from evidence.media.door import finish_upload, open_upload
from intake.pages.advice import TROUBLES
from tests.conftest import Database
from tests.intake.pages.conftest import NewPages, Tell
from workers.inspect.refusals import SENTENCES


def arrive(database: Database, token: bytes) -> UUID:
    upload = uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=token, max_files=9, expires_at=datetime.now(UTC) + timedelta(hours=1))
        return finish_upload(conn, upload, size=8, leaves_sha256=bytes(32), sealed_name=b"sealed")


def test_there_are_words_for_every_way_of_saying_no() -> None:
    assert set(TROUBLES) == set(SENTENCES)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "please send that as well"), ("es", "envíe también ese archivo")]
)
def test_a_format_that_cannot_be_opened_is_told_with_what_would_help(
    new_pages: NewPages, tell: Tell, database: Database, language: str, words: str
) -> None:
    erin, told = new_pages().test_client(), tell("A van")
    media_id = arrive(database, told.token)
    page = erin.post(f"/r?lang={language}", data={"words": told.receipt.words})
    assert words not in page.text
    with database.as_admin() as conn:
        conn.execute(
            "UPDATE media SET state = 'quarantined', quarantine_code = 'makers_format',"
            " quarantine_sentence = 'for staff' WHERE id = %s",
            [media_id],
        )
    page = erin.post(f"/r?lang={language}", data={"words": told.receipt.words})
    assert words in page.text
    assert "for staff" not in page.text


def test_whoever_sent_a_messengers_copy_is_asked_for_the_original(
    new_pages: NewPages, tell: Tell, database: Database
) -> None:
    erin, told = new_pages().test_client(), tell("A van")
    media_id = arrive(database, told.token)
    with database.as_admin() as conn:
        conn.execute(
            "INSERT INTO trace (media_id, recipe, kinds, grade, clues, clock, manifest)"
            " VALUES (%s, 'traces-1', '{}', 're-encoded', '{whatsapp}', 'none', 'none')",
            [media_id],
        )
    page = erin.post("/r", data={"words": told.receipt.words})
    assert "looks like a copy from a messaging app" in page.text
    assert "whatsapp" not in page.text.lower()
