"""A number, a text, a receipt's words: planted, and then looked for wherever something is kept."""

from pathlib import Path
from uuid import UUID

import httpx
import psycopg
from psycopg import sql
from twilio.request_validator import RequestValidator

from evidence.db.connect import Connection
from evidence.db.migrate import ROLES
from tests.intake.conftest import NewIntake
from tests.intake.texting.conftest import TOKEN, SmsDoor, Town
from tests.waiting import eventually
from tipline.up.ports import LOOPBACK, free_ports

NUMBER, STOPPED = "+16015559173", "+16015556482"
BODY = "zebra marmalade at the quarry"
AGENT, ADDRESS, FILE = "Quokka-Phone/77.31", "203.0.113.197", "walrus-teapot.mp4"


def test_nothing_of_whoever_texts_is_kept_in_clear(town: Town, new_intake: NewIntake, tmp_path: Path) -> None:
    """Spools, scratch files and logs of both doors lie under `tmp_path`."""
    port = free_ports(["metrics"])["metrics"]
    with (
        new_intake(TIPLINE_PROOF_OF_WORK="off") as front_door,
        town.door(
            TIPLINE_SMS_POLL_SECONDS="1",
            TIPLINE_SMS_FRONT_DOOR=front_door.url,
            TIPLINE_SMS_METRICS_PORT=str(port),
        ) as door,
    ):
        carrier = town.carrier
        carrier.text(NUMBER, BODY)
        carrier.text(STOPPED, BODY)
        (answer,) = door.shown_on(NUMBER)
        door.shown_on(STOPPED)
        carrier.text(STOPPED, "STOP")
        door.shown_on(STOPPED, 2)
        carrier.text(NUMBER, f"one more: {BODY}", [("image/jpeg", b"picture")])
        answers = send_garbage(door)
        eventually(lambda: door.rows("SELECT 1 FROM text_in WHERE state = 'done'"), "a poll")
        eventually(lambda: len(door.rows("SELECT 1 FROM text_in")) == 4, "all are in")
        words = answer.split("/r : ")[1].split(".")[0]
        link = answer.split("/u/")[1].split()[0]
        answers += send_by_link(front_door.url, link)
        eventually(lambda: len(door.rows("SELECT 1 FROM media")) == 2, "both files are here")
        canaries = (
            NUMBER[1:],
            NUMBER[2:],
            STOPPED[1:],
            BODY,
            words,
            link,
            AGENT,
            ADDRESS,
            FILE,
            FILE.partition(".")[0],
            town.environment["TIPLINE_VAULT_KEY"],
        )
        with town.database.as_admin() as conn:
            everything = dump(conn)
        assert b"Tipster" not in everything, "the handle alone is kept"
        look_through(canaries, everything, "the database, as its superuser")
        for role in ROLES:
            with town.database.as_role(role.removeprefix("tipline_")) as conn:
                look_through(canaries, dump(conn), f"the database, as {role}")
        look_through(canaries, door.log.read_bytes(), "the log")
        look_through(canaries, front_door.log.read_bytes(), "the public door's log")
        look_through(canaries, httpx.get(f"http://{LOOPBACK}:{port}/metrics").content, "the metrics")
        for refusal in answers:
            look_through(canaries, refusal, "an answer")
        for path in tmp_path.rglob("*"):
            if path.is_file():
                look_through(canaries, path.read_bytes() + str(path).encode(), str(path))


SENDER = {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS, "Forwarded": f"for={ADDRESS}", "Referer": BODY}


def send_garbage(door: SmsDoor) -> list[bytes]:
    """Refused requests, with canaries in every part of them; return what is answered."""
    form = {"From": NUMBER, "Body": BODY, "MessageSid": NUMBER, "MediaUrl0": f"https://x.example/{FILE}"}
    form |= {"NumMedia": "1", "MediaContentType0": f'video/mp4; name="{FILE}"'}
    answers = []
    for path in ("/sms", f"/sms/{NUMBER}", f"/{BODY}", "/sms/status/" + NUMBER, f"/sms/status/{UUID(int=1)}"):
        signed = RequestValidator(TOKEN).compute_signature(f"{door.url}{path}", form)
        for signature in (NUMBER, signed):  # also what is signed is refused: this is no message's id
            headers = {**SENDER, "X-Twilio-Signature": signature}
            answers.append(httpx.post(f"{door.url}{path}", data=form, headers=headers))
        answers.append(httpx.post(f"{door.url}{path}", json=form, headers=SENDER))
        answers.append(httpx.post(f"{door.url}{path}", content=BODY * 9000, headers=SENDER))
        answers.append(httpx.get(f"{door.url}{path}?From={NUMBER}", headers=SENDER))
    return [repr(answer.headers).encode() + answer.content for answer in answers]


def send_by_link(url: str, code: str) -> list[bytes]:
    """Send the original by the personal link, once more than it is good for."""
    answers = [
        httpx.post(
            f"{url}/u/files", data={"link": code, "language": "en"}, headers=SENDER,
            files={"file": (FILE, filmed, "video/mp4")},
        )
        for filmed in (b"what was filmed", b"what was filmed then")
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 429]
    # The page goes to whoever has the link, and may hold it.
    return [answer.content.replace(code.encode(), b"") for answer in answers]


def dump(conn: Connection) -> bytes:
    """Every row of every table that this login may read, as text; bytes as hex and as they are."""
    found = []
    conn.autocommit = True
    tables = conn.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    for (table,) in tables.fetchall():
        try:
            rows = conn.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            continue
        for row in rows:
            found += [
                bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()
                for value in row
            ]
    activity = conn.execute("SELECT query FROM pg_stat_activity").fetchall()
    return b"\n".join([*found, repr(activity).encode()])


def look_through(canaries: tuple[str, ...], kept: bytes, where: str) -> None:
    for canary in canaries:
        plain = canary.encode()
        for form in (plain, plain.hex().encode(), plain[::-1]):
            assert form not in kept, f"{canary!r} lies in {where}"
