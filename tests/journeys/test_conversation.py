"""Erin writes; alice asks; erin reads it with her nine words, and answers with another file."""

import json
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect
from psycopg import sql

from evidence.db.connect import connect
from evidence.settings import Env, StoreSettings
from evidence.storage.removal import versions
from evidence.storage.store import Store
from tests.journeys.test_video_to_case import sign_in
from tests.journeys.town import ROOT, Town
from tests.waiting import eventually
from tipline.up.instance import operator_environment
from tipline.up.postgres import ADMIN
from tipline.up.reach import with_login
from tipline.up.secrets import Secrets

WHAT = "CANARY-WHAT a grey van by the school"
QUESTION = "CANARY-QUESTION Do you have the minutes before?"
ANSWER = "CANARY-ANSWER Yes, here they are."


def open_thread(phone: Page, town: Town, words: str) -> None:
    phone.goto(f"{town.public_url}/r")
    phone.get_by_label("Your nine words").fill(words)
    phone.get_by_role("button", name="Open my tip").click()
    expect(phone.get_by_role("heading", name="Messages")).to_be_visible()


def test_a_question_is_answered_with_another_file(
    town: Town, phone: Page, desk: Page, short_clip: Path, tmp_path: Path
) -> None:
    sign_in(desk, town.link_for("alice", "reviewer"))
    phone.goto(town.public_url)
    phone.get_by_label("What did you see?").fill(WHAT)
    phone.get_by_role("button", name="Send tip").click()
    shown = phone.locator(".receipt__words li")
    expect(shown).to_have_count(9)
    words = " ".join(shown.all_inner_texts())

    # Alice asks, and sees that it was not opened yet.
    desk.locator(".row").filter(has_text=WHAT).get_by_role("link").click()
    desk.wait_for_url("**/tips/*")
    expect(desk.locator("#pulse")).to_have_attribute("data-pulse", "live")  # its script listens to keys
    desk.keyboard.press("r")
    desk.keyboard.type(QUESTION)
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".say__standing")).to_have_text("Sent, not opened yet")

    # Erin comes back with her words and reads it; alice's open page says so by itself.
    open_thread(phone, town, words)
    expect(phone.locator(".said--staff")).to_contain_text(QUESTION)
    expect(phone.locator(".said--staff")).not_to_contain_text("alice")
    expect(phone.locator("main")).not_to_contain_text("could not check")
    expect(desk.locator(".say__standing")).to_have_text(re.compile("^Read "))

    # She answers, and sends another file to the same tip.
    phone.get_by_label("Write a message").fill(ANSWER)
    phone.get_by_role("button", name="Send message").click()
    expect(phone.locator(".said--you")).to_have_count(2)
    expect(desk.locator(".say--citizen")).to_contain_text(ANSWER)
    phone.set_input_files("#files", short_clip)
    phone.get_by_role("button", name="Send files").click()
    expect(phone.get_by_text("Everything has arrived. Thank you.")).to_be_visible(timeout=60_000)
    expect(desk.get_by_role("button", name="Play video")).to_be_visible(timeout=90_000)
    tip = town.wait_settled()
    assert [media["bytes"] for media in tip["media"]] == [short_clip.stat().st_size]

    # What the agency signed of it is checked without the agency.
    open_thread(phone, town, words)
    with phone.expect_download() as coming:
        phone.get_by_role("button", name="Download a signed statement").click()
    statement = tmp_path / "tip-statement.json"
    coming.value.save_as(statement)
    told = statement.read_text()
    assert tip["id"] not in told
    phone.goto(f"{town.public_url}/privacy")
    key = phone.locator("main code").first.inner_text()
    assert json.loads(told)["key"] == key
    script = ROOT / "docs" / "check_statement.py"
    checked = subprocess.run(
        [sys.executable, script, statement, key, short_clip], capture_output=True, text=True, check=True
    )
    assert f"{short_clip} was handed over" in checked.stdout

    kinds = [entry["kind"] for entry in town.show(tip["id"])["history"]]
    assert kinds.count("message") == 2
    assert "Intact" in town.tipline("verify", tip["id"]).stdout
    # Nothing anybody wrote lies in clear: in Postgres's own files, the spool, a log, a scratch file.
    for canary in ("CANARY-WHAT", "CANARY-QUESTION", "CANARY-ANSWER", " ".join(words.split()[:2])):
        assert found_in(town.data, canary) == []


def test_what_erin_takes_back_is_deleted_and_she_reads_when(
    town: Town, phone: Page, short_clip: Path
) -> None:
    phone.goto(town.public_url)
    phone.get_by_label("What did you see?").fill("CANARY-GONE a grey van")
    phone.set_input_files("#files", short_clip)
    phone.get_by_role("button", name="Send tip").click()
    shown = phone.locator(".receipt__words li")
    expect(shown).to_have_count(9)
    words = " ".join(shown.all_inner_texts())
    expect(phone.get_by_text("Everything has arrived. Thank you.")).to_be_visible(timeout=60_000)
    tip = town.wait_settled()
    operator = operator_environment(town.data, {})
    store = Store.connect(StoreSettings.from_env(Env(operator)))
    buckets = (store.originals, store.derivatives)
    assert all(list(versions(store, bucket, f"{tip['id']}/")) for bucket in buckets)
    with connect(operator["DATABASE_URL"]) as conn:
        (sealed,) = conn.execute(
            "SELECT encode(sealed_agency, 'hex') FROM message WHERE tip_id = %s", [tip["id"]]
        ).fetchone() or ("",)
        (name,) = conn.execute(
            "SELECT encode(sealed_name, 'hex') FROM media WHERE tip_id = %s", [tip["id"]]
        ).fetchone() or ("",)
    assert rows_with(town, sealed)
    assert rows_with(town, name)

    open_thread(phone, town, words)
    phone.get_by_role("button", name="Take this tip back").click()
    phone.get_by_role("button", name="Take it back").click()
    expect(phone.locator(".lede")).to_contain_text(re.compile("was taken back|has been deleted"))
    eventually(lambda: town.show(tip["id"])["state"] == "purged", "the end of the tip")

    assert [list(versions(store, bucket, f"{tip['id']}/")) for bucket in buckets] == [[], []]
    assert [path for path in (town.data / "spool").iterdir() if path.suffix == ".bytes"] == []
    assert rows_with(town, sealed) == rows_with(town, name) == []
    kinds = [entry["kind"] for entry in town.show(tip["id"])["history"]]
    assert kinds[-3:] == ["withdrawn", "purge_begun", "purged"]
    assert "nothing left of 1 deleted tip" in town.tipline("verify", tip["id"]).stdout
    phone.goto(f"{town.public_url}/r")
    phone.get_by_label("Your nine words").fill(words)
    phone.get_by_role("button", name="Open my tip").click()
    expect(phone.locator("main")).to_contain_text("Everything you sent was deleted on")
    assert found_in(town.data, "CANARY-GONE") == []


def rows_with(town: Town, secret: str) -> list[str]:
    """The tables in which anything holds it, looked through as the superuser."""
    login = with_login(town.note()["database"], ADMIN, Secrets.kept_in(town.data / "secrets").admin_password)
    with connect(login) as conn:
        names = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        held = "SELECT FROM {} AS held WHERE held::text LIKE %s LIMIT 1"
        return [
            name
            for (name,) in names
            if conn.execute(sql.SQL(held).format(sql.Identifier(name)), [f"%{secret}%"]).fetchone()
            is not None
        ]


def found_in(folder: Path, secret: str) -> list[str]:
    """The files of an installation that hold it; the store's own hold the clips, and those their owner's."""
    files = (
        path for path in folder.rglob("*") if path.is_file() and "store" not in path.relative_to(folder).parts
    )
    return [str(path) for path in files if secret.encode() in path.read_bytes()]
