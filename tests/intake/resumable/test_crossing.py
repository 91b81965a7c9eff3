"""One upload, two protocols: what was begun in one is looked at, continued and ended in the other."""

import pytest

from evidence.spool import UploadSecret
from intake.resumable.protocol import VERSIONS
from tests.intake.conftest import Intake
from tests.intake.resumable.client import NO, YES, Draft
from tests.intake.tus.client import Tus, metadata


@pytest.fixture(params=VERSIONS, ids=lambda version: f"interop version {version}")
def draft(request: pytest.FixtureRequest, shared_intake: Intake) -> Draft:
    return Draft(shared_intake.url, request.param)


@pytest.fixture
def tus(shared_intake: Intake) -> Tus:
    return Tus(shared_intake.url)


def kept(intake: Intake, url: str) -> tuple[bytes, bool]:
    """The upload's bytes, and whether the database has its media."""
    upload_id = UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id
    return intake.spool.bytes_path(upload_id).read_bytes(), intake.spool.look(upload_id).received


def test_begun_in_the_draft_and_finished_in_tus(draft: Draft, tus: Tus, shared_intake: Intake) -> None:
    url = draft.located(draft.post(b"abc", NO, Upload_Length="6", Content_Disposition="inline; filename=a"))
    looked_at = tus.head(url)
    assert (looked_at.headers["upload-offset"], looked_at.headers["upload-length"]) == ("3", "6")
    assert looked_at.headers["upload-metadata"] == metadata(filename="a")
    assert tus.patch(url, 3, b"def").headers["upload-offset"] == "6"
    assert draft.standing(url) == (6, YES)
    assert kept(shared_intake, url) == (b"abcdef", True)


def test_begun_in_tus_and_finished_in_the_draft(draft: Draft, tus: Tus, shared_intake: Intake) -> None:
    url = tus.create(6, filename="a.mp4")
    tus.patch(url, 0, b"abc")
    assert draft.standing(url) == (3, NO)
    assert draft.head(url).headers["upload-length"] == "6"
    assert draft.append(url, 3, b"def", YES).status_code == 201
    assert tus.offset(url) == 6
    assert kept(shared_intake, url) == (b"abcdef", True)


def test_a_length_left_open_in_the_draft_is_settled_in_tus(
    draft: Draft, tus: Tus, shared_intake: Intake
) -> None:
    url = draft.create()
    draft.append(url, 0, b"abc", NO)
    assert tus.head(url).headers["upload-defer-length"] == "1"
    assert tus.patch(url, 3, b"def", Upload_Length="6").status_code == 204
    assert draft.standing(url) == (6, YES)
    assert kept(shared_intake, url) == (b"abcdef", True)


def test_a_length_deferred_in_tus_is_settled_by_the_end_in_the_draft(
    draft: Draft, tus: Tus, shared_intake: Intake
) -> None:
    url = tus.create(None)
    tus.patch(url, 0, b"abc")
    assert "upload-length" not in draft.head(url).headers
    assert draft.append(url, 3, b"def", YES).status_code == 201
    assert tus.head(url).headers["upload-length"] == "6"
    assert kept(shared_intake, url) == (b"abcdef", True)


def test_each_protocol_ends_what_the_other_began(draft: Draft, tus: Tus) -> None:
    one, other = tus.create(6), draft.create(6)
    assert draft.cancel(one).status_code == 204
    assert tus.delete(other).status_code == 204
    assert (tus.head(one).status_code, draft.head(other).status_code) == (410, 410)


def test_parts_that_tus_joins_are_left_to_tus(draft: Draft, tus: Tus, shared_intake: Intake) -> None:
    parts = [
        f"{shared_intake.url}{tus.post(Upload_Length='3', Upload_Concat='partial').headers['location']}"
        for _ in range(2)
    ]
    for part in parts:
        assert draft.head(part).status_code == 403
        assert draft.append(part, 0, b"abc", YES).json()["code"] == "joined_upload"
        assert tus.patch(part, 0, b"abc").status_code == 204
    joined = tus.post(Upload_Concat=f"final;{' '.join(parts)}")
    assert draft.head(f"{shared_intake.url}{joined.headers['location']}").status_code == 403


def test_who_says_both_is_taken_for_tus(draft: Draft, tus: Tus) -> None:
    answer = tus.post(Upload_Length="3", Upload_Complete=NO, Upload_Draft_Interop_Version=str(draft.version))
    assert answer.status_code == 201
    assert "upload-complete" not in answer.headers
