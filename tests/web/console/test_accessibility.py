"""axe-core finds nothing on any screen, on a desk and on a phone, by day and by night."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from evidence import echoes
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.cases.note import add_note
from evidence.live import session as sessions
from evidence.live.prompt import send
from evidence.seal import public_key_of
from evidence.spool import Spool
from tests.web.console.broadcasting import Broadcast
from tests.web.console.conftest import DESK, PHONE, Running, sign_in

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """What axe-core objects to, one line each."""
    # The page's own policy forbids foreign scripts, so axe goes in by the debugger.
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "async (tags) => (await axe.run({runOnly: {type: 'tag', values: tags}})).violations", RULES
    )
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_screen_is_clean(
    browser: Browser, running: Running, spool_dir: Path, size: ViewportSize, light: Any
) -> None:
    town = running.town
    bob, tip_id, closed, odd = (
        town.person("bob", "investigator"),
        town.tip("what", "where"),
        town.tip("x"),
        town.tip(),
    )
    one, _ = town.clip(tip_id)
    town.replies(tip_id, "Do you have the longer clip?", bob)
    town.reads(tip_id)
    town.writes(tip_id, "Yes, I have.")
    town.replies(closed, "Thank you.", bob)
    withdrawn = town.tip("taken back")
    town.withdraws(withdrawn)
    for what in ("the same clip from somebody else", ""):
        like = town.tip(what)
        two, _ = town.clip(like, seed=3)
        town.alike(two, one, mirrored=bool(what), sound_ms=8_000)
    with town.database.as_role("console") as conn:
        echoes.dismiss(conn, tip_id, like, bob)
    waiting = town.tip("being prepared", "here", "now", "555-0134", language="es")
    town.receive(waiting, "a.mp4", b"film")
    media_id = town.receive(odd, "a.mp4", b"text")
    town.seal(media_id, b"text")
    town.quarantine(media_id, "not_media", "This file is text.")
    town.close(closed, "spam", bob, "seen before")
    with town.database.as_role("console") as conn:
        case = cases.open_case(conn, "26-1", "One", bob)
        attachment.attach(conn, case, tip_id, bob)
        add_note(conn, case, "A note.", bob)
    broadcast = Broadcast(town, Spool(spool_dir), town.tip("it burns"))
    broadcast.begins(1)
    with town.database.as_role("console") as conn:
        live = sessions.get(conn, broadcast.id)
        send(
            conn, live, "Please hold still", actor=bob.actor, agency_public_key=public_key_of(town.agency_key)
        )
    context = browser.new_context(base_url=running.settings.origin, viewport=size, color_scheme=light)
    context.set_default_timeout(20_000)
    page, objections = context.new_page(), {}

    def look(name: str, go: Callable[[], object]) -> None:
        go()
        found = faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("the page is wider than its window")
        if found:
            objections[name] = found

    look("sign-in", lambda: page.goto("/signin"))
    look("link", lambda: page.goto("/signin?token=x"))
    sign_in(page, running, "alice", "investigator")
    look("passkeys", lambda: page.goto("/passkeys"))
    look("queue", lambda: page.goto("/"))
    page.keyboard.press("j")
    for key in "ca?":
        look(f"dialog {key}", lambda key=key: page.keyboard.press(key))  # type: ignore[misc]
        page.keyboard.press("Escape")
    for path in (
        "/?state=all",
        "/?state=closed",
        "/?state=answers",
        "/cases",
        "/cases?q=nothing",
        f"/cases/{case.id}",
        "/nowhere",
    ):
        look(path, lambda path=path: page.goto(path))  # type: ignore[misc]
    for path in ("/live", f"/live/{broadcast.id}"):
        look(path, lambda path=path: page.goto(path))  # type: ignore[misc]
    look("stop", lambda: page.get_by_role("button", name="Stop it").click())
    for name, tip in (
        ("playable", tip_id),
        ("waiting", waiting),
        ("quarantined", odd),
        ("closed", closed),
        ("withdrawn", withdrawn),
    ):
        look(f"tip {name}", lambda tip=tip: page.goto(f"/tips/{tip}"))  # type: ignore[misc]
    context.close()
    assert objections == {}
