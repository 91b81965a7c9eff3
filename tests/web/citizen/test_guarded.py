"""What a person sees of the guard: nothing in quiet times, little in a flood, a sentence to whom it bars."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import (
    DESK,
    PHONE,
    NewDoor,
    NewFile,
    Phone,
    fingerprint,
    fingerprints_in,
    words_of,
)
from tests.web.citizen.test_accessible import assert_sound

MB = 1_000_000


def test_in_quiet_times_nobody_loads_the_prover(erin: Phone, door: Intake) -> None:
    loaded: list[str] = []
    erin.page.on("request", lambda request: loaded.append(request.url))
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.send()
    assert [url for url in loaded if url.endswith("/tips")]
    assert not [url for url in loaded if "prover" in url]


def test_in_a_flood_the_page_proves_its_work_and_shows_that_it_checks(
    erin: Phone, new_door: NewDoor, new_file: NewFile, database: Database
) -> None:
    clip = new_file("clip.mp4", 2 * MB)
    with new_door(TIPLINE_PROOF_OF_WORK="always") as door:
        erin.visit(door)
        erin.page.evaluate(
            """() => {
                window.said = [];
                const button = document.querySelector(".send");
                const see = new MutationObserver(() => said.push(button.textContent));
                see.observe(button, { childList: true });
            }"""
        )
        erin.page.fill("#what", "A white van")
        erin.choose(clip)
        assert len(erin.send()) == 9
        erin.wait_for_row("done")
        assert erin.page.evaluate("said")[:2] == ["Opening your tip …", "Checking …"]
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "each phone first solves a small task"), ("es", "resuelve primero una pequeña tarea")],
)
def test_whoever_waits_long_for_the_proof_is_told_why(
    new_phone: Callable[..., Phone], new_door: NewDoor, language: str, sentence: str
) -> None:
    erin = new_phone(reduced_motion="reduce")
    erin.page.clock.install()
    never = "self.onmessage = () => {}"
    erin.page.route("**/prover-*.js", lambda route: route.fulfill(body=never, content_type="text/javascript"))
    with new_door(TIPLINE_PROOF_OF_WORK="always") as door:
        erin.visit(door, f"/?lang={language}")
        erin.page.fill("#what", "A white van")
        with erin.page.expect_request("**/prover-*.js"):
            erin.page.click(".send")
        assert erin.page.is_hidden("[data-slot=patience]")
        erin.page.clock.fast_forward(6000)
        assert sentence in erin.page.inner_text("[role=status] [data-slot=patience]")
        for told in ("[data-slot=patience]", ".send"):
            assert erin.page.evaluate(
                "told => document.querySelector(told).getBoundingClientRect().bottom <= innerHeight", told
            )
        assert_sound(erin.page, f"a proof being worked on in {language}")


def test_a_browser_that_cannot_prove_anything_keeps_what_was_written_and_sends_words_plainly(
    erin: Phone, new_door: NewDoor, new_file: NewFile
) -> None:
    with new_door(TIPLINE_PROOF_OF_WORK="always") as door:
        erin.page.route("**/prover-*.js", lambda route: route.abort())
        erin.visit(door)
        erin.page.fill("#what", "A white van")
        erin.choose(new_file("clip.mp4", MB))
        erin.page.click(".send")
        erin.page.wait_for_selector("#tip [role=alert]:not([hidden])")
        assert "send your words now" in erin.page.inner_text("#tip [role=alert]")
        assert erin.page.input_value("#what") == "A white van"
        assert erin.page.inner_text(".send") == "Send tip"
        erin.page.click(".remove")
        erin.page.click(".send")
        erin.page.wait_for_selector("text=Your tip has arrived")
        assert erin.page.locator(".receipt__words li").count() == 9


def test_a_file_over_the_limit_goes_on_by_itself_once_the_page_has_proven(
    erin: Phone, new_door: NewDoor, new_file: NewFile, spool_dir: Path
) -> None:
    files = [new_file(name, MB) for name in ("one.mp4", "two.mp4", "three.mp4")]
    with new_door(TIPLINE_CLIENT_UPLOADS_PER_HOUR="1") as door:
        erin.visit(door)
        erin.choose(*files)
        erin.send()
        for row in (1, 2, 3):
            erin.wait_for_row("done", row)
    assert fingerprints_in(spool_dir) == {fingerprint(file) for file in files}


@pytest.mark.parametrize(
    ("size", "language", "sentence"),
    [
        pytest.param(PHONE, "en", "A lot is being sent from your network", id="phone"),
        pytest.param(DESK, "es", "se envía muchísimo desde su red", id="desk"),
    ],
)
def test_whoever_must_wait_is_told_how_long_and_keeps_everything(
    new_phone: Callable[..., Phone],
    new_door: NewDoor,
    new_file: NewFile,
    size: ViewportSize,
    language: str,
    sentence: str,
) -> None:
    clip = new_file("clip.mp4", MB)
    with new_door(TIPLINE_CLIENT_TIPS_PER_HOUR="1", TIPLINE_PROOF_OF_WORK="off") as door:
        for refused in (False, True):
            erin = new_phone(size, reduced_motion="reduce")
            erin.visit(door, f"/?lang={language}")
            erin.page.fill("#what", "A white van")
            erin.choose(clip)
            if not refused:
                erin.send()
                continue
            erin.page.click(".send")
            erin.page.wait_for_selector("#tip [role=alert]:not([hidden])")
            told = erin.page.inner_text("#tip [role=alert]")
            assert sentence in told
            assert "60 min" in told
            assert erin.page.input_value("#what") == "A white van"
            assert "clip.mp4" in erin.page.inner_text(".chosen")
            assert_sound(erin.page, f"a refused tip in {language}")


@pytest.mark.parametrize("language", ["en", "es"])
def test_without_room_the_page_asks_for_words_alone(
    new_phone: Callable[..., Phone], new_door: NewDoor, language: str
) -> None:
    erin = new_phone(reduced_motion="reduce")
    with new_door(TIPLINE_SPOOL_RESERVE_BYTES=str(10**18)) as door:
        erin.visit(door, f"/?lang={language}")
        assert erin.page.locator("#tip input[type=file]").count() == 0
        assert erin.page.is_visible("#tip .notice")
        assert_sound(erin.page, f"no room in {language}")
        erin.page.fill("#what", "A white van")
        assert len(erin.send()) == 9


def test_files_wait_for_room_and_go_on_when_there_is(
    erin: Phone, door: Intake, new_file: NewFile, spool_dir: Path
) -> None:
    clip = new_file("clip.mp4", 2 * MB)
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.choose(clip)
    door.stop()
    door.environment["TIPLINE_SPOOL_RESERVE_BYTES"] = str(10**18)
    door.start()
    assert len(erin.send()) == 9
    erin.wait_for_row("busy")
    assert "Your words have arrived" in erin.page.inner_text(".transfer__status")
    assert_sound(erin.page, "waiting for room")
    door.stop()
    del door.environment["TIPLINE_SPOOL_RESERVE_BYTES"]
    door.start()
    erin.press("pause")
    erin.press("resume")
    erin.wait_for_row("done")
    assert fingerprint(clip) in fingerprints_in(spool_dir)


def test_a_file_over_the_networks_limit_waits_and_says_so(
    erin: Phone, new_door: NewDoor, new_file: NewFile
) -> None:
    with new_door(TIPLINE_CLIENT_UPLOADS_PER_HOUR="1", TIPLINE_PROOF_OF_WORK="off") as door:
        erin.visit(door)
        erin.choose(new_file("one.mp4", MB), new_file("two.mp4", MB))
        erin.send()
        erin.wait_for_row("done", 1)
        erin.wait_for_row("busy", 2)
        assert "will go on by itself" in erin.page.inner_text(".transfer:nth-child(2) .transfer__status")


def test_without_script_files_that_find_no_room_lose_no_words(
    new_phone: Callable[..., Phone], new_door: NewDoor, new_file: NewFile
) -> None:
    erin = new_phone(java_script_enabled=False, locale="es-US")
    with new_door() as door:
        erin.page.goto(door.url)
        erin.page.fill("#what", "Una furgoneta blanca")
        erin.page.set_input_files("#files", new_file("clip.mp4", MB))
        door.stop()
        door.environment["TIPLINE_SPOOL_RESERVE_BYTES"] = str(10**18)
        door.start()
        erin.page.click(".send")
        assert "sus archivos no" in erin.page.inner_text("main")
        assert "clip.mp4" in erin.page.inner_text("main")
        assert erin.page.locator(".receipt__words li").count() == 9


def test_without_script_a_refused_form_gives_back_what_was_written(
    new_phone: Callable[..., Phone], new_door: NewDoor
) -> None:
    plain = new_phone(java_script_enabled=False, reduced_motion="reduce").page
    limits = {"TIPLINE_CLIENT_TIPS_PER_HOUR": "1", "TIPLINE_PROOF_OF_WORK": "off"}
    with new_door(**limits) as door:
        for _ in range(2):
            plain.goto(f"{door.url}/?lang=es")
            plain.fill("#what", "Una <furgoneta> blanca")
            plain.fill("#where", "Calle 5")
            key = plain.input_value("[name=key]")
            plain.click(".send")
            plain.wait_for_selector(".receipt__words, #again")
        assert "no podemos recibirlo" in plain.inner_text("h1")
        assert "se envía muchísimo desde su red" in plain.inner_text("main")
        assert plain.input_value("#what") == "Una <furgoneta> blanca"
        assert plain.input_value("[name=key]") == key
        door.stop()
        door.start()  # it counts anew
        plain.click(".send")
        plain.wait_for_selector(".receipt__words")
        words = words_of(plain.locator(".receipt__words li").all_inner_texts())
        plain.goto(f"{door.url}/r?lang=es")
        plain.fill("#words", words)
        plain.click(".send")
        assert "Calle 5" in plain.inner_text("main")
