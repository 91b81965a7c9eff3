"""A number, a text, a receipt's words: planted, and then looked for wherever something is kept."""

from pathlib import Path

import httpx
import psycopg
from psycopg import sql

from evidence.db.connect import Connection
from evidence.db.migrate import ROLES
from tests.intake.texting.conftest import Town
from tests.waiting import eventually

NUMBER, STOPPED = "+16015559173", "+16015556482"
BODY = "zebra marmalade at the quarry"


def test_no_number_text_or_word_is_kept_in_clear(town: Town, tmp_path: Path) -> None:
    with town.door(TIPLINE_SMS_POLL_SECONDS="1") as door:
        carrier = town.carrier
        carrier.text(NUMBER, BODY)
        carrier.text(STOPPED, BODY)
        (answer,) = door.shown_on(NUMBER)
        door.shown_on(STOPPED)
        carrier.text(STOPPED, "STOP")
        door.shown_on(STOPPED, 2)
        carrier.text(NUMBER, f"one more: {BODY}", [("image/jpeg", b"picture")])
        send_garbage(door.url)
        eventually(lambda: door.rows("SELECT 1 FROM text_in WHERE state = 'done'"), "a poll")
        eventually(lambda: len(door.rows("SELECT 1 FROM text_in")) == 4, "all are in")
        words = answer.split("/r : ")[1].split(".")[0]
        link = answer.split("/u/")[1].split()[0]
        canaries = (
            NUMBER[1:],
            NUMBER[2:],
            STOPPED[1:],
            BODY,
            words,
            link,
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
        for path in tmp_path.rglob("*"):
            if path.is_file():
                look_through(canaries, path.read_bytes() + str(path).encode(), str(path))


def send_garbage(url: str) -> None:
    """Refused requests, with canaries in every part of them."""
    form = {"From": NUMBER, "Body": BODY, "MessageSid": NUMBER}
    for path in ("/sms", f"/sms/{NUMBER}", f"/{BODY}", "/sms/status/" + NUMBER):
        httpx.post(f"{url}{path}", data=form, headers={"X-Twilio-Signature": NUMBER, "User-Agent": BODY})
        httpx.get(f"{url}{path}?From={NUMBER}")


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
