"""The personal link that an answer by text holds: looked at as often as wanted, used once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from nacl.public import PrivateKey

from evidence.thread import Receipt
from evidence.tips.door import admit_by_text, open_texted_tip
from evidence.tips.link import UploadLink
from tests.conftest import Database
from tests.intake.conftest import Intake


def linked(
    database: Database, agency_key: PrivateKey, *, files: int = 1, hours: int = 1
) -> tuple[UUID, UploadLink]:
    link, until = UploadLink.new(), datetime.now(UTC) + timedelta(hours=hours)
    with database.as_role("sms") as conn:
        tip_id = open_texted_tip(
            conn,
            "A red car",
            language="en",
            agency_public_key=bytes(agency_key.public_key),
            receipt=Receipt.new(),
        )
        assert admit_by_text(conn, tip_id, link.token, until, files=files)
    return tip_id, link


def post(intake: Intake, code: str, *names: str) -> httpx.Response:
    files = [("files", (name, f"the original {name}".encode(), "video/mp4")) for name in names]
    return httpx.post(f"{intake.url}/u/files", data={"link": code, "language": "en"}, files=files)


def media_of(database: Database, tip_id: UUID) -> int:
    with database.as_admin() as conn:
        row = conn.execute("SELECT count(*) FROM media WHERE tip_id = %s", [tip_id]).fetchone()
    assert row
    return int(row[0])


def test_the_page_says_what_to_do_and_looking_uses_nothing_up(
    shared_door: tuple[Intake, Database], agency_key: PrivateKey
) -> None:
    intake, database = shared_door
    tip_id, link = linked(database, agency_key)
    for code in (link.code, link.code.lower(), f"{link.code[:8]}-{link.code[8:]}"):
        page = httpx.get(f"{intake.url}/u/{code}")
        assert page.status_code == 200
        assert link.code in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert post(intake, link.code, "a.mp4").status_code == 200
    assert media_of(database, tip_id) == 1


def test_it_is_good_once_and_for_one_file(
    shared_door: tuple[Intake, Database], agency_key: PrivateKey
) -> None:
    intake, database = shared_door
    tip_id, link = linked(database, agency_key)
    assert post(intake, link.code, "a.mp4", "b.mp4").status_code == 429
    assert media_of(database, tip_id) == 0, "all or none"
    assert post(intake, link.code).status_code == 400
    arrived = post(intake, link.code, "a.mp4")
    assert arrived.status_code == 200
    assert "Everything has arrived" in arrived.text
    used = post(intake, link.code, "c.mp4")
    assert used.status_code == 429
    assert "This link was used already" in used.text
    assert media_of(database, tip_id) == 1


def test_the_same_form_again_because_its_answer_was_lost_is_answered_the_same(
    shared_door: tuple[Intake, Database], agency_key: PrivateKey
) -> None:
    intake, database = shared_door
    tip_id, link = linked(database, agency_key, files=3)
    for names in (("a.mp4",), ("b.mp4", "c.mp4")):
        for _ in range(2):
            arrived = post(intake, link.code, *names)
            assert arrived.status_code == 200
            assert "Everything has arrived" in arrived.text
    assert media_of(database, tip_id) == 3
    assert post(intake, link.code, "a.mp4", "d.mp4").status_code == 429, "one of them is new"


def test_one_that_is_too_old_or_never_was_opens_nothing(
    shared_door: tuple[Intake, Database], agency_key: PrivateKey
) -> None:
    intake, database = shared_door
    tip_id, old = linked(database, agency_key, hours=-1)
    for code in (old.code, UploadLink.new().code, "short", "u" * 16, "../../etc/passwd"):
        assert post(intake, code, "a.mp4").status_code == 404
    assert httpx.get(f"{intake.url}/u/short").status_code == 404
    assert httpx.get(f"{intake.url}/u/files").status_code == 404
    assert media_of(database, tip_id) == 0


def test_its_address_fits_a_small_qr_code() -> None:
    """Version 3 with the least correction holds 53 bytes (ISO/IEC 18004, table 7), so 34 of a city's site."""
    code = UploadLink.new().code
    assert UploadLink.from_text(code).code == code
    assert len(f"https://tips.city-of-somewhere.gov/u/{code}") <= 53
