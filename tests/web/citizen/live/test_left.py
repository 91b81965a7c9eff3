"""A broadcast that was left and taken up again: the page says what the door has, and drops nothing."""

from typing import Any

import pytest
from playwright.sync_api import Page

from evidence.live.prompt import send
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import Phone
from tests.web.citizen.live.conftest import Broadcasting, film_on, go_live, kept_on, stop, until

AGENCY = bytes(range(32))
OVER = '#afterwards[data-state="over"]'
OPEN = """
  const open = indexedDB.open("tipline.live");
  await new Promise((resolve) => (open.onsuccess = resolve));
  const asked = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
"""
# Every record of a device, and the same put back: a page that goes loses what it was about to let go of.
TAKE = f"""async () => {{ {OPEN}
  window.taken = {{}};
  for (const name of open.result.objectStoreNames) {{
    taken[name] = await asked(open.result.transaction(name).objectStore(name).getAll());
  }}
  open.result.close();
}}"""
PUT_BACK = f"""async () => {{ {OPEN}
  for (const [name, records] of Object.entries(taken)) {{
    const store = open.result.transaction(name, "readwrite").objectStore(name);
    for (const record of records) await asked(store.put(record));
  }}
  open.result.close();
}}"""
CHANGE = f"""async (change) => {{ {OPEN}
  const store = open.result.transaction("chunks", "readwrite").objectStore("chunks");
  const chunks = await asked(store.getAll());
  if (change === "alter") new Uint8Array(chunks[0].bytes).fill(7);
  store.clear();
  for (const chunk of change === "forget" ? chunks.slice(0, 2) : chunks) store.put(chunk);
  await new Promise((resolve) => (store.transaction.oncomplete = resolve));
  open.result.close();
}}"""
# A phone that cannot hold a whole broadcast in its memory at once.
SMALL = """{ const real = IDBObjectStore.prototype.getAll;
  IDBObjectStore.prototype.getAll = function (range, count) {
    if (this.name === "chunks" && !(count <= 64)) throw new DOMException("no memory", "UnknownError");
    return real.call(this, range, count);
  }; }"""


def _leave(phone: Phone, broadcasting: Broadcasting) -> Page:
    """Close the page in the midst of it, without a signal; return another page of the same device."""
    phone.lose_signal()
    there = broadcasting.bytes()
    film_on(phone.page)
    phone.page.close()
    assert broadcasting.bytes() == there
    return phone.context.new_page()


def _live_until(phone: Phone, door: Intake, broadcasting: Broadcasting, least: int) -> None:
    go_live(phone, door)
    until(lambda: broadcasting.bytes() > least, "the first bytes")


def _send_the_rest(page: Page, door: Intake) -> None:
    page.goto(f"{door.url}/live")
    page.click('#left:not([hidden]) [data-do="rest"]')
    page.wait_for_selector(OVER)


def test_what_was_kept_is_taken_up_in_pieces_that_a_phone_can_hold(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    _live_until(erin, door, broadcasting, 10_000)
    page = _leave(erin, broadcasting)
    there = broadcasting.bytes()
    page.add_init_script(SMALL)
    _send_the_rest(page, door)
    assert "Everything has arrived" in page.inner_text("h1:visible")
    [film] = broadcasting.films()
    assert len(film.content) > there
    assert (film.part.chain_holds, film.part.settled, kept_on(page)) == (True, True, 0)


def test_a_device_that_cannot_read_what_it_kept_deletes_none_of_it(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    _live_until(erin, door, broadcasting, 10_000)
    page = _leave(erin, broadcasting)
    page.goto(f"{door.url}/r")
    kept = kept_on(page)
    page.add_init_script(
        "IDBObjectStore.prototype.getAll = () => { throw new DOMException('', 'UnknownError'); }"
    )
    page.goto(f"{door.url}/live")
    page.wait_for_selector("#consent .send:not([disabled])")
    assert "It is still here" in page.inner_text("[data-slot=inside]")
    assert kept_on(page) == kept > 0


@pytest.mark.parametrize("change", ["forget", "alter"])
def test_it_says_that_everything_has_arrived_only_where_the_door_agrees(
    erin: Phone, door: Intake, broadcasting: Broadcasting, change: str
) -> None:
    """What could not be kept may be at the door already; what is another film than was sent is not there."""
    _live_until(erin, door, broadcasting, 60_000)
    page = _leave(erin, broadcasting)
    before = broadcasting.films()[0].content
    page.goto(f"{door.url}/r")
    page.evaluate(CHANGE, change)
    _send_the_rest(page, door)
    [film] = broadcasting.films()
    assert film.content.startswith(before)
    assert film.part.settled
    said = "Everything has arrived" if change == "forget" else "Not everything has arrived"
    assert said in page.inner_text("h1:visible")
    assert said in page.inner_text("#announcer")


def test_a_page_that_went_before_it_heard_of_its_success_hears_of_it_later(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    _live_until(erin, door, broadcasting, 10_000)
    page = erin.context.new_page()
    page.goto(f"{door.url}/r")
    page.evaluate(TAKE)
    stop(erin.page)
    until(lambda: broadcasting.session().closed_at, "the door has closed it")
    film = broadcasting.films()[0]
    page.evaluate(PUT_BACK)
    erin.page.close()
    _send_the_rest(page, door)
    assert "Everything has arrived" in page.inner_text("h1:visible")
    assert broadcasting.films()[0].content == film.content
    assert kept_on(page) == 0


def test_who_wants_to_go_on_is_told_that_it_was_over_meanwhile(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    _live_until(erin, door, broadcasting, 10_000)
    page = _leave(erin, broadcasting)
    with database.as_role("intake") as conn:
        conn.execute("SELECT intake_live_stop(%s, 'silence')", [broadcasting.session().id])
    page.goto(f"{door.url}/live")
    page.click("#consent .send")
    page.wait_for_selector(OVER)
    assert "counted as over" in page.inner_text("#afterwards")
    assert broadcasting.films()[0].part.chain_holds


def test_what_was_read_before_is_not_asked_again(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    _live_until(erin, door, broadcasting, 10_000)
    _ask(database, broadcasting, "Please pan left")
    erin.page.click(".stage__prompt button")
    until(lambda: _seen(database) == [True], "it was read")
    page: Any = _leave(erin, broadcasting)
    _ask(database, broadcasting, "Please hold still")
    page.goto(f"{door.url}/live")
    page.click("#consent .send")
    page.wait_for_selector(".stage__prompt:not([hidden])")
    assert "Please hold still" in page.inner_text(".stage__prompt")
    page.click(".stage__prompt button")
    assert page.locator(".stage__prompt").is_hidden()
    stop(page)


def test_who_deletes_what_was_kept_is_given_the_words_for_what_had_arrived(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    _live_until(erin, door, broadcasting, 10_000)
    page = _leave(erin, broadcasting)
    page.goto(f"{door.url}/live")
    page.click('#left:not([hidden]) [data-do="forget"]')
    page.wait_for_selector(OVER)
    assert "Deleted from this phone" in page.inner_text("h1:visible")
    assert page.locator(".receipt__words li").count() == 9
    until(lambda: broadcasting.session().how_ended == "citizen", "the door is told")
    assert kept_on(page) == 0


def _ask(database: Database, broadcasting: Broadcasting, text: str) -> None:
    with database.as_role("console") as conn:
        send(conn, broadcasting.session(), text, actor="reviewer:alice", agency_public_key=AGENCY)


def _seen(database: Database) -> list[bool]:
    with database.as_admin() as conn:
        return [row[0] for row in conn.execute("SELECT seen_at IS NOT NULL FROM live_prompt").fetchall()]
