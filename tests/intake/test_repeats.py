"""The same request twice, because its answer was lost: one tip, one upload, one media."""

import re
import secrets
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from psycopg import sql

from evidence.thread import Receipt
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.form.test_form import WORDS, counts, words_on
from tests.intake.tus.client import BYTES, Tus, metadata
from tests.waiting import eventually

KEY = "Idempotency-Key"
TIP = {"what": "A blue van", "where": "5th and Main", "language": "en", "files": 1}


@dataclass(frozen=True)
class Place:
    """A door with its database, and what was there before a test began."""

    intake: Intake
    database: Database
    before: dict[str, int]
    files_before: frozenset[Path]

    def made(self) -> dict[str, int]:
        """How many tips, uploads and media have come since."""
        return {what: count - self.before[what] for what, count in counts(self.database).items()}

    def files(self, kind: str) -> list[Path]:
        """The files of the spool that have come since."""
        return [path for path in self.intake.spool.root.glob(f"*.{kind}") if path not in self.files_before]


@pytest.fixture
def place(shared_door: tuple[Intake, Database]) -> Place:
    intake, database = shared_door
    return Place(intake, database, counts(database), frozenset(intake.spool.root.iterdir()))


def new_key() -> str:
    return secrets.token_urlsafe(24)


def open_tip(intake: Intake, key: str | None, **changed: object) -> dict[str, str]:
    headers = {} if key is None else {KEY: key}
    answer = httpx.post(f"{intake.url}/tips", json={**TIP, **changed}, headers=headers, timeout=20)
    assert answer.status_code == 201, answer.text
    return {"receipt": answer.json()["receipt"], "token": answer.json()["token"]}


def test_a_tip_asked_for_again_answers_the_same_words_and_token(place: Place) -> None:
    key = new_key()
    first = open_tip(place.intake, key)
    Receipt.from_words(first["receipt"])
    assert open_tip(place.intake, key) == first
    assert open_tip(place.intake, f'"{key}"', files=2) == first, (
        "as a string of structured fields; no word changed"
    )
    assert place.made()["tip"] == 1
    token = first["token"]
    assert Tus(place.intake.url).create(3, tip=token).startswith(place.intake.url)


def test_other_words_another_key_or_none_are_another_tip(place: Place) -> None:
    key = new_key()
    tips = [
        open_tip(place.intake, key),
        open_tip(place.intake, key, what="A red van"),
        open_tip(place.intake, key, language="es"),
        open_tip(place.intake, new_key()),
        open_tip(place.intake, None),
        open_tip(place.intake, None),
    ]
    assert len({tip["receipt"] for tip in tips}) == len({tip["token"] for tip in tips}) == len(tips)
    assert place.made()["tip"] == len(tips)


def test_a_tip_asked_for_on_many_lines_at_once_is_one(place: Place) -> None:
    key = new_key()
    with ThreadPoolExecutor(8) as lines:
        answers = list(lines.map(lambda _: open_tip(place.intake, key), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert place.made()["tip"] == 1


def test_a_door_that_was_killed_answers_the_same(place: Place) -> None:
    key = new_key()
    first = open_tip(place.intake, key)
    place.intake.stop(signal.SIGKILL)
    place.intake.start()
    assert open_tip(place.intake, key) == first


def test_the_key_alone_leads_nowhere_once_the_tip_is_old(place: Place) -> None:
    key = new_key()
    open_tip(place.intake, key)
    with place.database.as_admin() as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("UPDATE tip SET received_at = received_at - interval '80 hours'")
    answer = httpx.post(f"{place.intake.url}/tips", json=TIP, headers={KEY: key})
    assert (answer.status_code, answer.json()["code"]) == (409, "repeated_too_late")
    assert "receipt" not in answer.json()


def test_the_key_is_kept_nowhere(place: Place) -> None:
    key = new_key()
    words = open_tip(place.intake, key)["receipt"]
    with place.database.as_admin() as conn:
        kept = [str(row) for row in conn.execute("SELECT to_jsonb(tip), to_jsonb(message) FROM tip, message")]
    said = "".join(
        [*kept, place.intake.log.read_text(), *(path.name for path in place.intake.spool.root.iterdir())]
    )
    assert key not in said
    assert words not in said


@pytest.mark.parametrize("key", ["1", "retry", "a" * 40, "x" * 21, "0123456789abcdef 0123456789abcdef"])
def test_a_key_that_is_not_random_is_refused(shared_intake: Intake, key: str) -> None:
    for answer in (
        httpx.post(f"{shared_intake.url}/tips", json=TIP, headers={KEY: key}),
        Tus(shared_intake.url).post(Upload_Length="3", Idempotency_Key=key),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")
        assert "random" in answer.json()["detail"]


@contextmanager
def line_breaks_at(database: Database, table: str) -> Iterator[None]:
    """Whoever adds a row to the table loses the line to Postgres in the middle of its COMMIT."""
    with database.as_admin() as conn:
        conn.execute("""
            CREATE FUNCTION break_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
        """)
        conn.execute(sql.SQL("""
            CREATE CONSTRAINT TRIGGER breaking AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION break_line()
        """).format(sql.Identifier(table)))  # fmt: skip
    yield
    with database.as_admin() as conn:
        conn.execute("DROP FUNCTION break_line CASCADE")


def lose_the_answer(place: Place, request: bytes) -> None:
    """Send a request and hang up at once."""
    with socket.create_connection(("127.0.0.1", place.intake.port), timeout=10) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.sendall(request)
        eventually(lambda: place.files("sidecar"))


def test_an_upload_whose_answer_was_lost_is_found_and_goes_on(place: Place) -> None:
    tus, key, content = Tus(place.intake.url), new_key(), secrets.token_bytes(9_000_000)
    token = open_tip(place.intake, None)["token"]
    about = metadata(filename="street.mp4", tip=token)
    head = (
        f"POST /files/ HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Length: {len(content)}\r\n"
        f"Upload-Metadata: {about}\r\n{KEY}: {key}\r\nContent-Type: {BYTES['Content-Type']}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    lose_the_answer(place, head.encode() + content[:5_000_000])
    eventually(lambda: any(path.stat().st_size for path in place.files("bytes")))
    again = tus.post(content, Upload_Length=str(len(content)), Upload_Metadata=about, Idempotency_Key=key, **{
        "Content-Type": BYTES["Content-Type"]
    })  # fmt: skip
    assert again.status_code == 201, again.text
    url, offset = f"{place.intake.url}{again.headers['location']}", int(again.headers["upload-offset"])
    assert 0 < offset <= 5_000_000, "it goes on from what was kept"
    assert tus.patch(url, offset, content[offset:]).status_code == 204
    once_more = tus.post(Upload_Length=str(len(content)), Upload_Metadata=about, Idempotency_Key=key)
    assert (once_more.headers["location"], once_more.headers["upload-offset"]) == (
        again.headers["location"],
        str(len(content)),
    )
    assert place.made() == {"tip": 1, "upload": 1, "media": 1}
    with place.database.as_admin() as conn:
        [(size,)] = conn.execute("SELECT bytes FROM media ORDER BY received_at DESC LIMIT 1").fetchall()
    assert size == len(content)
    [kept] = place.files("bytes")
    assert kept.read_bytes() == content


def test_another_length_or_name_under_the_same_key_is_another_upload(place: Place) -> None:
    tus, key = Tus(place.intake.url), new_key()
    asked = [("3", "a.mp4"), ("4", "a.mp4"), ("3", "b.mp4")]
    locations = [
        tus.post(Upload_Length=length, Upload_Metadata=metadata(filename=name), Idempotency_Key=key).headers[
            "location"
        ]
        for length, name in asked * 2
    ]
    assert len(set(locations)) == len(asked)
    assert locations[:3] == locations[3:]
    assert place.made()["upload"] == len(asked)


def test_an_upload_opened_on_many_lines_at_once_is_one(new_intake: NewIntake, database: Database) -> None:
    with new_intake(TIPLINE_MAX_FILES_PER_TIP="1") as intake:
        token, key = open_tip(intake, None)["token"], new_key()

        def create(_: int) -> str:
            answer = Tus(intake.url).post(
                Upload_Length="3", Upload_Metadata=metadata(tip=token), Idempotency_Key=key
            )
            assert answer.status_code == 201, answer.text
            return answer.headers["location"]

        with ThreadPoolExecutor(8) as lines:
            locations = set(lines.map(create, range(8)))
        assert len(locations) == 1
        assert counts(database)["upload"] == 1


def test_an_upload_that_the_database_missed_is_noted_when_it_is_asked_for_again(place: Place) -> None:
    """The first time its line broke: the spool kept the upload, since the database might have had it."""
    tus, key = Tus(place.intake.url), new_key()
    with line_breaks_at(place.database, "upload"):
        away = tus.post(Upload_Length="3", Idempotency_Key=key)
        assert (away.status_code, away.json()["code"]) == (503, "database_away")

    answer = eventually(lambda: asked_until_made(tus, Upload_Length="3", Idempotency_Key=key))
    assert tus.patch(f"{place.intake.url}{answer.headers['location']}", 0, b"abc").status_code == 204
    assert place.made() == {"tip": 1, "upload": 1, "media": 1}


def test_a_joining_that_the_database_missed_is_noted_when_it_is_asked_for_again(place: Place) -> None:
    tus = Tus(place.intake.url)
    parts = []
    for content in (b"abc", b"de"):
        made = tus.post(Upload_Length=str(len(content)), Upload_Concat="partial")
        parts.append(made.headers["location"])
        assert tus.patch(f"{place.intake.url}{parts[-1]}", 0, content).status_code == 204
    final = f"final;{' '.join(parts)}"
    with line_breaks_at(place.database, "upload"):
        assert tus.post(Upload_Concat=final).status_code == 503
    answer = eventually(lambda: asked_until_made(tus, Upload_Concat=final))
    assert answer.headers["upload-offset"] == "5"
    assert place.made() == {"tip": 1, "upload": 1, "media": 1}


def asked_until_made(tus: Tus, **headers: str) -> httpx.Response | None:
    answer = tus.post(**headers)
    assert answer.status_code in (201, 503), answer.text
    return answer if answer.status_code == 201 else None


def test_an_upload_that_was_ended_is_not_begun_again(place: Place) -> None:
    tus, key = Tus(place.intake.url), new_key()
    made = tus.post(Upload_Length="3", Idempotency_Key=key)
    assert tus.delete(f"{place.intake.url}{made.headers['location']}").status_code == 204
    again = tus.post(Upload_Length="3", Idempotency_Key=key)
    assert (again.status_code, again.json()["code"]) == (410, "upload_ended")


def send_form(intake: Intake, key: str, clip: bytes, **words: str) -> str:
    answer = httpx.post(
        f"{intake.url}/tips/form",
        data={**WORDS, **words, "key": key},
        files=[("file", ("street.mp4", clip, "video/mp4"))],
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    assert key not in answer.text
    return words_on(answer.text).words


def test_a_form_sent_twice_is_one_tip_with_its_files_once(place: Place) -> None:
    page = httpx.get(f"{place.intake.url}/")
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found
    assert page.headers["cache-control"] == "no-store"
    assert found[1] not in httpx.get(f"{place.intake.url}/").text, "each page has a key of its own"
    key, clip = found[1], secrets.token_bytes(9_000_000)
    words = send_form(place.intake, key, clip)
    assert send_form(place.intake, key, clip) == words
    assert place.made() == {"tip": 1, "upload": 1, "media": 1}
    [kept] = place.files("bytes")
    assert kept.read_bytes() == clip
    others = {
        send_form(place.intake, key, b"another clip"),
        send_form(place.intake, key, clip, what="A red van"),
    }
    assert len(others | {words}) == 3
    assert place.made() == {"tip": 3, "upload": 3, "media": 3}


def test_a_form_whose_commit_nobody_heard_of_keeps_its_files(place: Place) -> None:
    """Postgres has the tip and died before it said so: the media's only copy must not go."""
    clip = secrets.token_bytes(1_000_000)
    with line_breaks_at(place.database, "media"):
        answer = httpx.post(
            f"{place.intake.url}/tips/form", data=WORDS, files=[("file", ("a.mp4", clip))], timeout=30
        )
    assert answer.status_code == 503
    [kept] = place.files("bytes")
    assert kept.read_bytes() == clip
