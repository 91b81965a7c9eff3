"""The form of a page without JavaScript: a whole tip in one request, streamed."""

import asyncio
import json
import re
import secrets
import signal
import socket
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from evidence.seal import open_sealed
from evidence.thread import Receipt, TipText, read_for_citizen
from evidence.thread.message import FIELD_LIMITS
from evidence.tips.door import mailbox
from intake.wire.body import Body
from intake.wire.multipart import BrokenForm, PartBegins, PartData, parts
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.waiting import eventually

WORDS = {"what": "A blue van", "where": "5th and Main", "when": "noon", "contact": "", "language": "en"}


def counts(database: Database) -> dict[str, int]:
    with database.as_admin() as conn:
        found = {}
        for table in ("tip", "media", "upload"):
            row = conn.execute(f"SELECT count(*) FROM {table}").fetchone()
            found[table] = row[0] if row else 0
        return found


def words_on(page: str) -> Receipt:
    """The receipt a page shows: the only nine words of the list in a row."""
    text = re.sub(r"<[^>]+>", " ", page)
    for found in re.finditer(r"(?=\b((?:[a-z-]+\s+){8}[a-z-]+)\b)", text):
        try:
            return Receipt.from_words(found.group(1))
        except Exception:
            continue
    raise AssertionError("no receipt on the page")


def test_a_whole_tip_in_one_request(intake: Intake, database: Database, agency_key: PrivateKey) -> None:
    clips = {"street.mp4": secrets.token_bytes(9_000_000), "door.jpg": secrets.token_bytes(500)}
    answer = httpx.post(
        f"{intake.url}/tips/form",
        data=WORDS,
        files=[("files", (name, content, "video/mp4")) for name, content in clips.items()],
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    receipt = words_on(answer.text)
    with database.as_role("intake") as conn:
        found = mailbox(conn, receipt.lookup)
    assert found is not None
    assert sorted(media.size for media in found.media) == [500, 9_000_000]
    sealed = found.messages[0].sealed_citizen
    assert sealed is not None
    assert read_for_citizen(sealed, receipt.private_key) == TipText("A blue van", "5th and Main", "noon", "")
    with database.as_admin() as conn:
        rows = conn.execute("SELECT upload_id, bytes, leaves_sha256, sealed_name FROM media").fetchall()
    for upload_id, size, leaves_sha256, sealed_name in rows:
        name = json.loads(open_sealed(bytes(agency_key), bytes(sealed_name)))["name"]
        assert intake.spool.bytes_path(upload_id).read_bytes() == clips[name]
        examined = intake.spool.examine(upload_id)
        assert (examined.size, examined.leaves_sha256) == (size, bytes(leaves_sha256))


def test_words_alone_are_a_tip_and_an_unchosen_file_is_none(intake: Intake, database: Database) -> None:
    answer = httpx.post(
        f"{intake.url}/tips/form", data=WORDS, files={"files": ("", b"", "application/octet-stream")}
    )
    assert answer.status_code == 200
    assert counts(database) == {"tip": 1, "media": 0, "upload": 0}


def test_nothing_at_all_is_no_tip(intake: Intake, database: Database) -> None:
    answer = httpx.post(f"{intake.url}/tips/form", files={"what": (None, " ")})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "911" in answer.text
    assert "Write what you saw, or choose a file." in answer.text
    assert counts(database)["tip"] == 0


def test_fields_nobody_asked_for_fill_no_memory(intake: Intake) -> None:
    """A form may have as many fields as it likes, and each may be as long as a message."""
    field = b'--edge\r\nContent-Disposition: form-data; name="%d"\r\n\r\n' + b"x" * 40_000 + b"\r\n"
    fields = 3000
    words = b'--edge\r\nContent-Disposition: form-data; name="what"\r\n\r\nA van\r\n--edge--\r\n'
    before = resident(intake)

    def form() -> Iterator[bytes]:
        for number in range(fields):
            yield field % number
        yield words

    answer = httpx.post(
        f"{intake.url}/tips/form",
        content=form(),
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
        timeout=60,
    )
    assert answer.status_code == 200
    assert resident(intake) - before < fields * 40_000 / 4


def resident(intake: Intake) -> int:
    """The most memory the process ever had, in bytes."""
    assert intake.process is not None
    status = Path(f"/proc/{intake.process.pid}/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def test_a_line_break_counts_once_as_it_was_typed(intake: Intake, database: Database) -> None:
    typed = "\n".join(["ab"] * (FIELD_LIMITS["what"] // 3))
    answer = httpx.post(
        f"{intake.url}/tips/form",
        files={"what": (None, typed.replace("\n", "\r\n")), "language": (None, "en")},
    )
    assert answer.status_code == 200, answer.text
    receipt = words_on(answer.text)
    with database.as_role("intake") as conn:
        found = mailbox(conn, receipt.lookup)
    assert found is not None
    sealed = found.messages[0].sealed_citizen
    assert sealed is not None
    assert read_for_citizen(sealed, receipt.private_key).what == typed


def test_over_a_limit_nothing_stays_behind(new_intake: NewIntake, database: Database) -> None:
    with new_intake(TIPLINE_MAX_FILE_BYTES="1000", TIPLINE_MAX_FILES_PER_TIP="2") as intake:
        form = f"{intake.url}/tips/form"
        large = httpx.post(form, data=WORDS, files={"files": ("a.mp4", bytes(1001), "video/mp4")})
        assert large.status_code == 413
        assert "A file is over the limit" in large.text
        many = httpx.post(form, data=WORDS, files=[("files", (f"{i}.mp4", b"x", "video/mp4")) for i in "abc"])
        assert many.status_code == 429
        assert "Send the others in another tip" in many.text
        assert list(intake.spool.root.iterdir()) == []
    assert counts(database) == {"tip": 0, "media": 0, "upload": 0}


def begin_form(intake: Intake) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", intake.port), timeout=10)
    line.sendall(
        b"POST /tips/form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
        b"Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n' + b"x" * 100_000
    )
    return line


def test_a_form_that_breaks_off_leaves_nothing(intake: Intake, database: Database) -> None:
    line = begin_form(intake)
    eventually(lambda: list(intake.spool.root.glob("*.bytes")))
    line.close()
    eventually(lambda: not list(intake.spool.root.iterdir()))
    assert counts(database) == {"tip": 0, "media": 0, "upload": 0}


def test_the_end_of_the_process_interrupts_a_form(intake: Intake) -> None:
    line = begin_form(intake)
    eventually(lambda: list(intake.spool.root.glob("*.bytes")))
    assert intake.stop(signal.SIGTERM) < 2.0
    assert b"503" in line.recv(65536).split(b"\r\n")[0]
    line.close()
    assert list(intake.spool.root.iterdir()) == []


def test_no_word_of_a_tip_is_on_the_disk_or_in_the_log(intake: Intake, tmp_path: Path) -> None:
    canary = "canary-" + secrets.token_hex(8)
    fields = {name: f"{canary}-{name}" for name in ("what", "where", "when", "contact")}
    files = {"files": (f"{canary}-name.mp4", b"bytes", f"video/{canary}")}
    assert httpx.post(f"{intake.url}/tips/form", data=fields, files=files).status_code == 200
    assert httpx.post(f"{intake.url}/tips/form", data={"what": canary}).status_code == 400
    assert httpx.get(f"{intake.url}/files/{canary}", headers={"User-Agent": canary}).status_code == 412
    intake.stop()
    for path in tmp_path.rglob("*"):
        assert canary not in path.name
        if path.is_file():
            assert canary.encode() not in path.read_bytes()


def multipart(edge: bytes, fields: list[tuple[str, bytes]]) -> bytes:
    whole = b""
    for name, value in fields:
        whole += (
            b"--"
            + edge
            + f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            + value
            + b"\r\n"
        )
    return whole + b"--" + edge + b"--\r\n"


async def read_back(pieces: list[bytes]) -> list[tuple[str, bytes]]:
    waiting = list(pieces)

    async def receive() -> dict[str, object]:
        piece = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    found: list[tuple[str, bytes]] = []
    async for event in parts("multipart/form-data; boundary=edge-of-the-form", Body(receive)):
        if isinstance(event, PartBegins):
            found.append((event.name, b""))
        elif isinstance(event, PartData):
            name, value = found[-1]
            found[-1] = (name, value + event.piece)
    return found


@given(
    fields=st.lists(
        st.tuples(st.sampled_from(["what", "where", "files"]), st.binary(max_size=80)), max_size=4
    ),
    cuts=st.lists(st.integers(min_value=0, max_value=600), max_size=6),
)
def test_however_a_form_is_cut_into_pieces_it_reads_the_same(
    fields: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    whole = multipart(b"edge-of-the-form", fields)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    assert asyncio.run(read_back(pieces)) == fields


@given(st.binary(max_size=300))
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(BrokenForm):
        asyncio.run(read_back([body]))
