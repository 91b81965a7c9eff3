"""The door's limits as callers meet them; a proxy is named here, so that one machine can play many."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import BYTES, TUS
from tests.waiting import eventually

HERE = {"TIPLINE_TRUSTED_PROXIES": "127.0.0.1", "TIPLINE_PROOF_OF_WORK": "off"}
ERIN, MALLORY = "8.8.8.8", "9.9.9.9"


def come_from(door: Intake, address: str) -> httpx.Client:
    """A client at an address, by way of the proxy."""
    return httpx.Client(base_url=door.url, headers={"X-Forwarded-For": address}, verify=False)


def tell(client: httpx.Client) -> httpx.Response:
    return client.post("/tips", json={"what": "a van"})


def begin(client: httpx.Client, length: int | None = 3, **headers: str) -> httpx.Response:
    size = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
    return client.post("/files/", headers={**TUS, **size, **headers})


def assert_refused(answer: httpx.Response, code: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, code)
    assert 1 <= int(answer.headers["retry-after"]) <= 5 * 3600
    assert "Wait" in problem["detail"]


def test_tips_are_limited_by_the_caller_whom_a_named_proxy_names(new_intake: NewIntake) -> None:
    with new_intake(**HERE, TIPLINE_CLIENT_TIPS_PER_HOUR="2") as door:
        with come_from(door, MALLORY) as mallory:
            assert [tell(mallory).status_code for _ in range(2)] == [201, 201]
            assert_refused(tell(mallory), "client_tips")
        with come_from(door, f"{MALLORY}, {ERIN}") as erin:
            assert tell(erin).status_code == 201, (
                "what Mallory writes to the left of the truth is not believed"
            )
        with come_from(door, f"1.2.3.4, {MALLORY}") as mallory:
            assert_refused(tell(mallory), "client_tips")


def test_forged_headers_help_nobody_where_no_proxy_is_named(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_CLIENT_TIPS_PER_HOUR="1", TIPLINE_PROOF_OF_WORK="off") as door:
        with come_from(door, ERIN) as one:
            assert tell(one).status_code == 201
        with come_from(door, MALLORY) as the_same:
            assert_refused(tell(the_same), "client_tips")


def test_an_upload_that_was_admitted_always_goes_on(new_intake: NewIntake, database: Database) -> None:
    limits = {"TIPLINE_CLIENT_UPLOADS_PER_HOUR": "1", "TIPLINE_CLIENT_TIPS_PER_HOUR": "1"}
    with new_intake(**HERE, **limits) as door, come_from(door, ERIN) as erin:
        url = urljoin("/files/", begin(erin, 6).headers["location"])
        for _ in range(3):
            assert_refused(begin(erin, 6), "client_uploads")
        for offset in (0, 3):
            assert erin.head(url, headers=TUS).headers["upload-offset"] == str(offset)
            headers = {**TUS, **BYTES, "Upload-Offset": str(offset)}
            assert erin.patch(url, headers=headers, content=b"abc").status_code == 204
    with database.as_admin() as conn:
        assert conn.execute("SELECT bytes FROM media").fetchall() == [(6,)]


def test_a_refused_upload_leaves_nothing_and_the_tip_takes_it_later(
    new_intake: NewIntake, spool_dir: Path
) -> None:
    with new_intake(**HERE, TIPLINE_CLIENT_UPLOADS_PER_HOUR="1") as door, come_from(door, ERIN) as erin:
        begin(erin, 3)
        before = sorted(spool_dir.iterdir())
        assert_refused(begin(erin, 3), "client_uploads")
        assert sorted(spool_dir.iterdir()) == before


def test_bytes_are_limited_as_declared_and_where_nobody_knows_as_they_come(new_intake: NewIntake) -> None:
    with new_intake(**HERE, TIPLINE_CLIENT_BYTES_PER_HOUR="1000") as door:
        with come_from(door, ERIN) as erin:
            assert begin(erin, 5000).status_code == 201, "one file may be larger than the limit"
            assert_refused(begin(erin, 1), "client_bytes")
        with come_from(door, MALLORY) as mallory:
            url = urljoin("/files/", begin(mallory, None).headers["location"])
            assert begin(mallory, 900).status_code == 201
            headers = {**TUS, **BYTES, "Upload-Offset": "0"}
            assert mallory.patch(url, headers=headers, content=b"x" * 400).status_code == 204
            assert_refused(begin(mallory, 1), "client_bytes")


def test_bytes_count_also_where_the_line_breaks(new_intake: NewIntake) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 1500
        eventually(lambda: any(file.stat().st_size for file in door.spool.root.glob("*.bytes")))
        raise ConnectionError

    limits = {"TIPLINE_CLIENT_BYTES_PER_HOUR": "1000"}
    with new_intake(**HERE, **limits) as door, come_from(door, ERIN) as erin:
        url = urljoin("/files/", begin(erin, None).headers["location"])
        headers = {**TUS, **BYTES, "Upload-Offset": "0"}
        with pytest.raises(ConnectionError):
            erin.patch(url, headers=headers, content=broken())
        eventually(lambda: begin(erin, 1).status_code == 429)
        assert_refused(begin(erin, 1), "client_bytes")
        assert erin.head(url, headers=TUS).headers["upload-offset"] == "1500"


def test_a_form_whose_length_nobody_knew_is_counted(new_intake: NewIntake) -> None:
    def form() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        yield b"x" * 1500 + b"\r\n--b--\r\n"

    limits = {"TIPLINE_CLIENT_BYTES_PER_HOUR": "1000"}
    with new_intake(**HERE, **limits) as door, come_from(door, ERIN) as erin:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert erin.post("/tips/form", headers=headers, content=form()).status_code == 200
        assert_refused(begin(erin, 1), "client_bytes")


@pytest.mark.parametrize("accepted", ["en-US,en", "es-MX,es;q=0.9"])
def test_a_form_is_limited_and_says_so_on_a_page(new_intake: NewIntake, accepted: str) -> None:
    with new_intake(**HERE, TIPLINE_CLIENT_TIPS_PER_HOUR="1") as door, come_from(door, ERIN) as erin:
        form = {"files": {"what": (None, "a van")}, "headers": {"Accept-Language": accepted}}
        assert erin.post("/tips/form", **form).status_code == 200
        refused = erin.post("/tips/form", **form)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 1
        assert "Wait some minutes" in refused.text
        assert f'lang="{accepted[:2]}"' in refused.text


def test_no_address_reaches_log_or_database(new_intake: NewIntake, database: Database) -> None:
    canary = "203.0.113.77"
    with new_intake(**HERE, TIPLINE_CLIENT_TIPS_PER_HOUR="1") as door:
        with come_from(door, canary) as erin:
            assert [tell(erin).status_code for _ in range(2)] == [201, 429]
        log = door.log.read_text()
    assert canary not in log
    with database.as_admin() as conn:
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = conn.execute(f"SELECT t::text FROM {table} t").fetchall()  # type: ignore[arg-type]
            assert canary not in str(rows)


def test_an_operator_who_forgets_to_name_the_proxy_is_told(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_INTAKE_URL="https://tips.example.org") as door:
        assert "TIPLINE_TRUSTED_PROXIES" in door.log.read_text()
    named = {"TIPLINE_INTAKE_URL": "https://tips.example.org", "TIPLINE_TRUSTED_PROXIES": "10.0.0.0/8"}
    with new_intake(**named) as door:
        door.stop()
        assert door.log.read_text().count("TIPLINE_TRUSTED_PROXIES") == 1
