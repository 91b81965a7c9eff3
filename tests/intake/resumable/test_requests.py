"""The draft, row by row: what each request is answered, in both interop versions."""

import json
import secrets

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.seal import open_sealed
from evidence.spool import UploadSecret
from intake.resumable.protocol import VERSIONS
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.resumable.client import NO, PART, YES, Draft, piecewise
from tests.intake.tus.client import metadata

TYPES = "https://iana.org/assignments/http-problem-types#"


@pytest.fixture(params=VERSIONS, ids=lambda version: f"interop version {version}")
def draft(request: pytest.FixtureRequest, shared_intake: Intake) -> Draft:
    """A door that other tests use as well, in each version."""
    return Draft(shared_intake.url, request.param)


def name_of(draft: Draft, url: str) -> UploadSecret:
    return UploadSecret.from_text(url.removeprefix(f"{draft.url}/files/"))


def kept(intake: Intake, draft: Draft, url: str) -> bytes:
    return intake.spool.bytes_path(name_of(draft, url).upload_id).read_bytes()


def received(intake: Intake, draft: Draft, url: str) -> bool:
    return intake.spool.look(name_of(draft, url).upload_id).received


def test_everything_in_one_request_is_a_media(draft: Draft, shared_intake: Intake) -> None:
    answer = draft.post(b"abcdef", YES, Upload_Length="6")
    assert (answer.status_code, answer.headers["upload-complete"]) == (201, YES)
    assert answer.headers["upload-offset"] == "6"
    url = draft.located(answer)
    assert draft.standing(url) == (6, YES)
    assert kept(shared_intake, draft, url) == b"abcdef"
    assert received(shared_intake, draft, url)


def test_an_upload_in_parts_is_complete_when_the_client_says_so(draft: Draft, shared_intake: Intake) -> None:
    content = secrets.token_bytes(9_000_000)
    first = draft.post(content[:1000], NO)
    assert (first.status_code, first.headers["upload-complete"]) == (201, NO)
    assert first.headers["upload-offset"] == "1000"
    url = draft.located(first)
    more = draft.append(url, 1000, content[1000:8_500_000], NO)
    assert (more.status_code, more.headers["upload-complete"]) == (204, NO)
    assert more.headers["upload-offset"] == "8500000"
    assert "upload-length" not in draft.head(url).headers
    last = draft.append(url, 8_500_000, content[8_500_000:], YES)
    assert (last.status_code, last.headers["upload-complete"]) == (201, YES)
    assert draft.standing(url) == (9_000_000, YES)
    assert draft.head(url).headers["upload-length"] == "9000000"
    assert kept(shared_intake, draft, url) == content
    assert received(shared_intake, draft, url)


def test_a_body_of_unknown_size_may_end_an_upload(draft: Draft, shared_intake: Intake) -> None:
    url = draft.located(draft.post(piecewise(b"ab", b"c"), NO))
    assert draft.standing(url) == (3, NO)
    assert draft.append(url, 3, piecewise(b"de", b"f"), YES).status_code == 201
    assert draft.standing(url) == (6, YES)
    whole = draft.located(draft.post(piecewise(b"abc", b"def"), YES))
    assert draft.standing(whole) == (6, YES)
    assert received(shared_intake, draft, url)
    assert received(shared_intake, draft, whole)


def test_an_empty_end_completes_what_came_in_parts(draft: Draft, shared_intake: Intake) -> None:
    url = draft.create()
    draft.append(url, 0, b"abc", NO)
    assert draft.standing(url) == (3, NO)
    answer = draft.append(url, 3, b"", YES)
    assert (answer.status_code, answer.headers["upload-complete"]) == (201, YES)
    assert received(shared_intake, draft, url)


def test_an_empty_file_is_a_file(draft: Draft, shared_intake: Intake) -> None:
    url = draft.located(draft.post(b"", YES))
    assert draft.standing(url) == (0, YES)
    assert received(shared_intake, draft, url)


def test_all_bytes_of_a_known_length_are_a_media_even_if_the_end_is_never_said(
    draft: Draft, shared_intake: Intake
) -> None:
    """tus-js-client in Node says ?0 with its last chunk; what came must not expire for that."""
    url = draft.create(6)
    answer = draft.append(url, 0, b"abcdef", NO)
    assert (answer.status_code, answer.headers["upload-complete"]) == (204, NO)
    assert received(shared_intake, draft, url)
    assert draft.standing(url) == (6, YES)
    assert draft.append(url, 6, b"", YES).headers["upload-complete"] == YES


def test_a_lost_answer_to_the_end_may_be_asked_for_again(draft: Draft) -> None:
    url = draft.located(draft.post(b"abc", YES))
    for _ in range(2):
        assert draft.append(url, 3, b"", YES).status_code == 201


def test_a_head_tells_all_and_is_never_cached(draft: Draft) -> None:
    url = draft.create(10)
    draft.append(url, 0, b"abc", NO)
    answer = draft.head(url)
    assert answer.status_code == 204
    assert answer.headers["upload-offset"] == "3"
    assert answer.headers["upload-complete"] == NO
    assert answer.headers["upload-length"] == "10"
    assert answer.headers["cache-control"] == "no-store"
    size, age = answer.headers["upload-limit"].split(", ")
    assert size == "max-size=20000000000"
    assert 72 * 3600 - 600 < int(age.removeprefix("max-age=")) <= 72 * 3600


def test_what_has_arrived_has_no_age(draft: Draft) -> None:
    answer = draft.post(b"abc", YES)
    assert answer.headers["upload-limit"] == "max-size=20000000000"
    assert draft.head(draft.located(answer)).headers["upload-limit"] == "max-size=20000000000"


def test_another_offset_is_a_conflict_that_names_the_right_one(draft: Draft) -> None:
    url = draft.create(10)
    draft.append(url, 0, b"abc", NO)
    for wrong in (0, 2, 4, 100):
        answer = draft.append(url, wrong, b"x", NO)
        assert (answer.status_code, answer.headers["upload-offset"]) == (409, "3")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["upload-complete"] == NO
        told = answer.json()
        assert told["type"] == f"{TYPES}mismatching-upload-offset"
        assert (told["expected-offset"], told["provided-offset"]) == (3, wrong)
        assert told["code"] == "offset_mismatch"
    assert draft.standing(url) == (3, NO)


def test_nothing_is_added_to_what_is_complete(draft: Draft, shared_intake: Intake) -> None:
    url = draft.located(draft.post(b"abc", YES))
    more = draft.append(url, 3, b"d", YES)
    assert (more.status_code, more.json()["type"]) == (400, f"{TYPES}inconsistent-upload-length")
    going_on = draft.append(url, 3, b"", NO)
    assert (going_on.status_code, going_on.json()["type"]) == (400, f"{TYPES}completed-upload")
    assert draft.append(url, 0, b"abc", YES).status_code == 409
    assert kept(shared_intake, draft, url) == b"abc"


@pytest.mark.parametrize(
    ("offset", "content", "complete", "length"),
    [
        pytest.param(3, b"defghijk", NO, None, id="a part beyond the length"),
        pytest.param(3, b"def", YES, None, id="an end before the length"),
        pytest.param(3, b"def", NO, "9", id="another length than before"),
        pytest.param(3, b"def", YES, "6", id="another length that the body agrees with"),
        pytest.param(3, b"def", NO, "2", id="a length that is behind us"),
    ],
)
def test_lengths_that_disagree_are_refused(
    draft: Draft, offset: int, content: bytes, complete: str, length: str | None
) -> None:
    url = draft.create(10)
    draft.append(url, 0, b"abc", NO)
    said = {} if length is None else {"Upload_Length": length}
    answer = draft.append(url, offset, content, complete, **said)
    assert (answer.status_code, answer.json()["type"]) == (400, f"{TYPES}inconsistent-upload-length")
    assert draft.standing(url) == (3, NO)
    assert draft.append(url, 3, b"defghij", YES).status_code == 201


def test_a_body_that_turns_out_too_long_or_too_short_is_refused_and_nothing_is_lost(draft: Draft) -> None:
    long, short = draft.create(6), draft.create(6)
    answer = draft.append(long, 0, piecewise(b"abc", b"defgh"), YES)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_length")
    assert draft.standing(long)[0] <= 6
    answer = draft.append(short, 0, piecewise(b"ab", b"cd"), YES)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_length")
    assert draft.standing(short) == (4, NO)
    assert draft.append(short, 4, b"ef", YES).status_code == 201


def test_a_length_may_be_said_later(draft: Draft) -> None:
    url = draft.create()
    draft.append(url, 0, b"abc", NO)
    assert draft.append(url, 3, b"d", NO, Upload_Length="5").status_code == 204
    assert draft.head(url).headers["upload-length"] == "5"
    assert draft.append(url, 4, b"e", YES).status_code == 201


@pytest.mark.parametrize(
    ("content", "complete", "headers", "status", "code"),
    [
        (b"abc", YES, {"Upload_Length": "4"}, 400, "upload_length"),
        (b"abc", NO, {"Upload_Length": "2"}, 400, "upload_length"),
        (b"", NO, {"Upload_Length": "20000000001"}, 413, "file_too_large"),
        (b"", NO, {"Upload_Metadata": "filename ???"}, 400, "upload_metadata"),
        (b"", NO, {"Upload_Metadata": metadata(tip="A" * 43)}, 404, "unknown_tip"),
        (b"", NO, {"Content_Disposition": "attachment; filename=" + "x" * 9000}, 400, "content_disposition"),
        (b"abc", YES, {"Upload_Draft_Interop_Version": "5"}, 400, "interop_version"),
        (b"abc", YES, {"Upload_Draft_Interop_Version": "eight"}, 400, "interop_version"),
    ],
)
def test_a_wrong_creation_is_refused_and_leaves_nothing(
    draft: Draft,
    shared_intake: Intake,
    content: bytes,
    complete: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    before = set(shared_intake.spool.root.iterdir())
    answer = draft.post(content, complete, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(shared_intake.spool.root.iterdir()) == before


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Content-Type": "application/offset+octet-stream"}, 415, "content_type"),
        ({"Upload-Offset": "x"}, 400, "upload_offset"),
        ({"Upload-Offset": "-1"}, 400, "upload_offset"),
        ({"Upload-Offset": "0.0"}, 400, "upload_offset"),
        ({"Upload-Draft-Interop-Version": "9"}, 400, "interop_version"),
    ],
)
def test_a_wrong_part_changes_nothing(draft: Draft, changes: dict[str, str], status: int, code: str) -> None:
    url = draft.create(10)
    said = {**PART, "Upload-Offset": "0", "Upload-Complete": NO, **changes}
    answer = draft.request("PATCH", url, said, b"abc")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert draft.standing(url) == (0, NO)


def test_a_field_that_is_ill_formed_is_as_good_as_none(draft: Draft) -> None:
    """It must be ignored: a client that garbles the end has not said that it is the end."""
    url = draft.located(draft.post(b"abc", "yes", Upload_Length="many"))
    assert draft.standing(url) == (3, NO)
    assert "upload-length" not in draft.head(url).headers


def test_a_file_cannot_pass_the_limit(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_MAX_FILE_BYTES="10") as intake:
        draft = Draft(intake.url, VERSIONS[-1])
        assert draft.post(b"x" * 11, YES).status_code == 413
        url = draft.create()
        assert draft.head(url).headers["upload-limit"].startswith("max-size=10, ")
        assert draft.append(url, 0, b"x" * 11, NO).status_code == 413
        assert draft.append(url, 0, piecewise(b"x" * 8, b"x" * 8), NO).status_code == 413
        assert draft.standing(url)[0] <= 10


def test_a_cancellation_ends_it(draft: Draft, shared_intake: Intake) -> None:
    before = set(shared_intake.spool.root.iterdir())
    url = draft.create(5)
    draft.append(url, 0, b"abc", NO)
    assert draft.cancel(url).status_code == 204
    assert draft.cancel(url).status_code == 410
    assert draft.head(url).status_code == 410
    assert draft.append(url, 3, b"de", YES).status_code == 410
    assert set(shared_intake.spool.root.iterdir()) == before


def test_what_arrived_cannot_be_cancelled(draft: Draft) -> None:
    url = draft.located(draft.post(b"abc", YES))
    answer = draft.cancel(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "already_received")


@pytest.mark.parametrize("name", ["A" * 43, "..%2f..%2fetc%2fpasswd", "x", "a/b"])
def test_an_unknown_or_crooked_name_is_not_found(draft: Draft, name: str) -> None:
    assert draft.head(f"{draft.url}/files/{name}").status_code == 404


@pytest.mark.parametrize(("method", "path"), [("PUT", "/files/"), ("HEAD", "/files/"), ("GET", "one")])
def test_another_method_is_not_allowed(draft: Draft, method: str, path: str) -> None:
    url = draft.create(3) if path == "one" else f"{draft.url}{path}"
    answer = draft.request(method, url, {})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, HEAD, PATCH, DELETE, OPTIONS")


def test_options_tells_what_a_client_looks_for(draft: Draft) -> None:
    answer = draft.request("OPTIONS", f"{draft.url}/files/", {})
    assert answer.status_code == 204
    assert answer.headers["accept-patch"] == "application/partial-upload"
    assert answer.headers["upload-limit"] == "max-size=20000000000, max-age=259200"


def test_a_page_of_another_origin_may_upload(draft: Draft) -> None:
    preflight = httpx.options(f"{draft.url}/files/", headers={"Origin": "https://elsewhere.example"})
    assert preflight.headers["access-control-allow-origin"] == "*"
    for needed in ("Upload-Draft-Interop-Version", "Upload-Complete", "Tus-Resumable", "Content-Disposition"):
        assert needed in preflight.headers["access-control-allow-headers"]
    for needed in ("POST", "HEAD", "PATCH", "DELETE"):
        assert needed in preflight.headers["access-control-allow-methods"]
    answer = draft.post(b"", NO, Origin="https://elsewhere.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    for needed in ("Location", "Upload-Offset", "Upload-Complete", "Upload-Limit"):
        assert needed in answer.headers["access-control-expose-headers"]


def test_the_method_may_be_overridden(draft: Draft) -> None:
    url = draft.create(3)
    said = {**PART, "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Upload-Complete": YES}
    answer = draft.request("POST", url, said, b"abc")
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "3")


@pytest.mark.parametrize(
    ("headers", "name", "kind"),
    [
        ({"Upload_Metadata": metadata(filename="a.mp4", filetype="video/mp4")}, "a.mp4", "video/mp4"),
        ({"Content_Disposition": 'attachment; filename="b c.mov"'}, "b c.mov", ""),
        (
            {
                "Content_Disposition": "attachment; filename*=UTF-8''na%C3%AFve.mp4",
                "Content_Type": "video/mp4",
            },
            "naïve.mp4",
            "video/mp4",
        ),
        (
            {
                "Upload_Metadata": metadata(filename="a.mp4"),
                "Content_Disposition": "attachment; filename=b.mp4",
            },
            "a.mp4",
            "",
        ),
        ({"Content_Type": "application/partial-upload"}, "", ""),
    ],
)
def test_the_file_has_the_name_and_type_that_were_said(
    draft: Draft, shared_intake: Intake, agency_key: PrivateKey, headers: dict[str, str], name: str, kind: str
) -> None:
    url = draft.located(draft.post(b"abc", YES, **headers))
    upload = shared_intake.spool.look(name_of(draft, url).upload_id).upload
    assert json.loads(open_sealed(bytes(agency_key), upload.sealed_name)) == {"name": name, "type": kind}


def test_uploads_join_the_tip_of_their_token(intake: Intake, database: Database) -> None:
    opened = httpx.post(f"{intake.url}/tips", json={"what": "a van", "language": "en"})
    token = opened.json()["token"]
    for version, content in zip(VERSIONS, (b"abc", b"defgh"), strict=True):
        draft = Draft(intake.url, version)
        assert draft.post(content, YES, Upload_Metadata=metadata(tip=token)).status_code == 201
    with database.as_admin() as conn:
        tips = conn.execute("SELECT tip_id, count(*) FROM media GROUP BY tip_id").fetchall()
    assert [count for _, count in tips] == [2]


def test_the_guard_admits_creations_and_lets_parts_pass(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_CLIENT_UPLOADS_PER_HOUR="1", TIPLINE_PROOF_OF_WORK="off") as intake:
        draft = Draft(intake.url, VERSIONS[-1])
        url = draft.create(6)
        refused = draft.post(b"abc", YES)
        assert (refused.status_code, refused.json()["code"]) == (429, "client_uploads")
        for offset in range(5):
            assert draft.append(url, offset, b"x", NO).status_code == 204
        assert draft.append(url, 5, b"x", YES).status_code == 201
