"""The disk's last room is for words, and for what has begun. Measured on this very disk."""

from pathlib import Path
from urllib.parse import urljoin

import httpx
from hypothesis import given
from hypothesis import strategies as st

from evidence.spool.room import Room
from intake.guard.reserve import MOST_BY_DEFAULT, Reserve, reserve_of
from tests.conftest import Database
from tests.intake.conftest import NewIntake
from tests.intake.tus.client import BYTES, TUS

# Others write to this disk meanwhile, but hardly so much.
MARGIN = 4_000_000_000


def declare(url: str, length: int) -> httpx.Response:
    return httpx.post(f"{url}/files/", headers={**TUS, "Upload-Length": str(length)}, verify=False)


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_the_default_fits_the_disk_and_the_operators_word_stands(size: int, kept: int) -> None:
    assert reserve_of(Room(free=0, size=size), kept) == kept
    assert reserve_of(Room(free=0, size=size), None) <= min(MOST_BY_DEFAULT, size / 20)


def test_below_the_reserve_words_pass_and_files_are_refused(
    new_intake: NewIntake, spool_dir: Path, database: Database
) -> None:
    reserve = Room.of(spool_dir).size + 1
    with new_intake(TIPLINE_SPOOL_RESERVE_BYTES=str(reserve)) as door:
        refused = declare(door.url, 3)
        assert (refused.status_code, refused.json()["code"]) == (507, "spool_reserve")
        assert "Send your words" in refused.json()["detail"]
        assert refused.headers["retry-after"] == "300"
        assert httpx.post(f"{door.url}/tips", json={"what": "a van"}, verify=False).status_code == 201
        page = httpx.get(door.url, verify=False).text
        assert 'type="file" multiple accept' not in page
        assert "no room for video or photos" in page
    assert not list(spool_dir.glob("*.bytes"))


def test_a_length_that_would_eat_into_the_reserve_is_refused(new_intake: NewIntake, spool_dir: Path) -> None:
    reserve = max(0, Room.of(spool_dir).free - MARGIN)
    limits = {"TIPLINE_SPOOL_RESERVE_BYTES": str(reserve), "TIPLINE_MAX_FILE_BYTES": str(3 * MARGIN)}
    with new_intake(**limits) as door:
        assert declare(door.url, 2 * MARGIN).status_code == 507
        assert declare(door.url, 3).status_code == 201


def test_what_has_begun_goes_on_below_the_reserve(new_intake: NewIntake, spool_dir: Path) -> None:
    with new_intake() as door:
        location = declare(door.url, 3).headers["location"]
    with new_intake(TIPLINE_SPOOL_RESERVE_BYTES=str(Room.of(spool_dir).size + 1)) as door:
        url = urljoin(f"{door.url}/files/", location)
        headers = {**TUS, **BYTES, "Upload-Offset": "0"}
        assert httpx.patch(url, headers=headers, content=b"abc", verify=False).status_code == 204


def test_a_form_keeps_its_words_and_names_the_files_it_could_not_keep(
    new_intake: NewIntake, spool_dir: Path, database: Database
) -> None:
    with new_intake(TIPLINE_SPOOL_RESERVE_BYTES=str(Room.of(spool_dir).size + 1)) as door:
        files = {
            "what": (None, "a van"),
            "file": ("clip.mp4", b"x" * 300_000, "video/mp4"),
            "where": (None, "Main St"),
        }
        receipt = httpx.post(f"{door.url}/tips/form", files=files, verify=False)
        assert receipt.status_code == 200
        assert "your files have not" in receipt.text
        assert "clip.mp4" in receipt.text
        only_file = {"file": ("clip.mp4", b"x" * 300_000, "video/mp4")}
        refused = httpx.post(f"{door.url}/tips/form", files=only_file, verify=False)
        assert refused.status_code == 507
        bomb = [("what", (None, "a van")), *[("file", (f"{n}.mp4", b"x", "video/mp4")) for n in range(26)]]
        assert "so many files" in httpx.post(f"{door.url}/tips/form", files=bomb, verify=False).text
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM upload").fetchone() == (0,)
    assert not list(spool_dir.iterdir())


def test_a_disk_that_is_away_has_room_for_nothing(tmp_path: Path) -> None:
    assert not Reserve(tmp_path / "gone", None).allows(0)
