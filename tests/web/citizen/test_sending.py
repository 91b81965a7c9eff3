"""Sending from a phone: nothing is lost, and nothing has to be begun again."""

import signal
from pathlib import Path

from playwright.sync_api import Dialog, expect

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import (
    NewDoor,
    NewFile,
    Phone,
    fingerprint,
    fingerprints_in,
    words_of,
)

MB = 1_000_000


def _count(database: Database, what: str) -> int:
    with database.as_admin() as conn:
        row = conn.execute(f"SELECT count(*) FROM {what}").fetchone()
    assert row is not None
    return int(row[0])


def test_words_alone_are_a_tip(erin: Phone, door: Intake, database: Database) -> None:
    erin.visit(door)
    erin.page.fill("#what", "A white van ran the light")
    words = erin.send()
    assert len(words) == 9
    assert "Everything has arrived" in erin.page.inner_text("#sending-title")
    erin.page.goto(f"{door.url}/r")
    erin.page.fill("#words", words_of(words))
    erin.page.click(".send")
    expect(erin.page.locator("main")).to_contain_text("A white van ran the light")
    assert _count(database, "upload") == 0


def test_an_empty_tip_is_not_sent(erin: Phone, door: Intake, database: Database) -> None:
    erin.visit(door)
    erin.page.click(".send")
    assert "Write what you saw, or choose a file" in erin.page.inner_text("#tip [role=alert]")
    assert erin.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert _count(database, "tip") == 0
    erin.page.fill("#what", "a van")
    assert not erin.page.is_visible("#tip [role=alert]")


def test_files_arrive_as_they_were_one_after_the_other(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile, database: Database
) -> None:
    clip, photo = new_file("clip ñ.mp4", 9 * MB), new_file("photo.jpg", 2 * MB)
    erin.visit(door)
    erin.choose(clip, photo)
    erin.weaken(4 * MB)
    words = erin.send()
    erin.wait_for_row("sending", 1)
    erin.wait_for_row("waiting", 2)
    assert len(words) == 9, "the receipt is there before the files are"
    erin.wait_for_row("done", 2)
    assert {fingerprint(clip), fingerprint(photo)} == fingerprints_in(spool_dir)
    assert "Everything has arrived" in erin.page.inner_text("#sending-title")
    assert _count(database, "media") == 2
    assert _count(database, "tip") == 1


def test_progress_is_told_in_percent_speed_and_time(erin: Phone, door: Intake, new_file: NewFile) -> None:
    erin.visit(door)
    erin.choose(new_file("clip.mp4", 20 * MB))
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(25)
    told = erin.page.locator(".transfer__status")
    erin.page.wait_for_function("/MB\\/s · \\d+ s left/.test(document.querySelector('.transfer').innerText)")
    assert "of 20\N{NO-BREAK SPACE}MB" in told.inner_text()
    assert erin.page.inner_text("#announcer").endswith("clip.mp4: 25 %")


def test_a_lost_signal_is_waited_out(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile, database: Database
) -> None:
    clip = new_file("clip.mp4", 12 * MB)
    erin.visit(door)
    erin.choose(clip)
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(30)
    with erin.page.expect_event("requestfailed", lambda request: request.method == "HEAD"):
        erin.lose_signal()
        erin.wait_for_row("noSignal")
    erin.wait_for_row("noSignal")
    assert "It will go on by itself" in erin.page.inner_text(".transfer__status")
    assert "No signal" in erin.page.inner_text("#announcer")
    erin.weaken(-1)
    erin.wait_for_row("done")
    assert fingerprints_in(spool_dir) == {fingerprint(clip)}
    assert _count(database, "upload") == 1, "it went on, and did not begin again"


def test_a_door_that_dies_and_comes_back_loses_nothing(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile, database: Database
) -> None:
    clip = new_file("clip.mp4", 12 * MB)
    erin.visit(door)
    erin.choose(clip)
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(30)
    door.stop(signal.SIGKILL)
    erin.wait_for_row("noSignal")
    door.start()
    erin.wait_for_row("done")
    assert fingerprints_in(spool_dir) == {fingerprint(clip)}
    assert _count(database, "upload") == 1


def test_pause_holds_it_and_resume_goes_on(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile, database: Database
) -> None:
    clip, photo = new_file("clip.mp4", 12 * MB), new_file("photo.jpg", MB)
    erin.visit(door)
    erin.choose(clip, photo)
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(20)
    erin.press("pause")
    erin.wait_for_row("paused")
    erin.wait_for_row("done", 2)
    assert "Paused at" in erin.page.locator(".transfer__status").first.inner_text()
    erin.press("resume")
    erin.wait_for_row("done", 1)
    assert fingerprints_in(spool_dir) == {fingerprint(clip), fingerprint(photo)}
    assert _count(database, "upload") == 2


def test_cancel_deletes_what_had_arrived(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile, database: Database
) -> None:
    erin.visit(door)
    erin.page.fill("#what", "Words stay")
    erin.choose(new_file("clip.mp4", 12 * MB))
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(20)
    erin.press("cancel")
    erin.wait_for_row("cancelled")
    eventually(lambda: not list(spool_dir.glob("*.bytes")))
    assert _count(database, "upload WHERE state = 'terminated'") == 1
    assert _count(database, "tip") == 1
    assert erin.page.evaluate("localStorage.length") == 0


def test_leaving_in_the_middle_is_asked_about(erin: Phone, door: Intake, new_file: NewFile) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    erin.page.on("dialog", answer)
    erin.visit(door)
    erin.choose(new_file("clip.mp4", 12 * MB))
    erin.weaken(MB)
    erin.send()
    erin.wait_for_row("sending")
    erin.page.close(run_before_unload=True)
    eventually(lambda: erin.page.evaluate("1") and asked == ["beforeunload"])


def test_limits_are_said_before_choosing_and_kept(new_door: NewDoor, erin: Phone, new_file: NewFile) -> None:
    with new_door(TIPLINE_MAX_FILE_BYTES="3000000", TIPLINE_MAX_FILES_PER_TIP="2") as door:
        erin.visit(door)
        assert "Up to 2 files of up to 3\N{NO-BREAK SPACE}MB each" in erin.page.inner_text("#limits")
        erin.choose(
            new_file("long.mp4", 4 * MB),
            new_file("empty.mp4", 0),
            new_file("a.jpg", 10),
            new_file("b.jpg", 10),
            new_file("c.jpg", 10),
        )
        refused = erin.page.inner_text('[data-slot="refused"]')
        assert "long.mp4 is 4\N{NO-BREAK SPACE}MB. The limit is 3\N{NO-BREAK SPACE}MB a file" in refused
        assert "empty.mp4 is empty" in refused
        assert "Only 2 files fit in one tip. c.jpg was not added." in refused
        assert erin.page.locator(".chosen .name").all_inner_texts() == ["a.jpg", "b.jpg"]
        erin.page.click('[aria-label="Remove a.jpg"]')
        assert erin.page.locator(".chosen .name").all_inner_texts() == ["b.jpg"]


def test_what_the_server_refuses_for_good_is_not_tried_for_ever(
    new_door: NewDoor, erin: Phone, new_file: NewFile
) -> None:
    with new_door() as door:
        erin.visit(door)
        erin.choose(new_file("clip.mp4", MB))
        # The limit is lowered while she still looks at the old page.
        door.stop()
        door.environment["TIPLINE_MAX_FILE_BYTES"] = "500000"
        door.start()
        erin.send()
        erin.wait_for_row("failed")
        assert "over the limit of" in erin.page.inner_text(".transfer__status")
        assert "not every file arrived" in erin.page.inner_text("#sending-title")


def test_a_signal_that_dies_without_a_word_is_noticed(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile
) -> None:
    clip = new_file("clip.mp4", 12 * MB)
    erin.page.clock.install()
    erin.visit(door)
    erin.choose(clip)
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(20)
    assert door.process is not None
    door.process.send_signal(signal.SIGSTOP)
    erin.page.clock.fast_forward("05:00")
    erin.wait_for_row("noSignal")
    door.process.send_signal(signal.SIGCONT)
    erin.page.clock.fast_forward("01:00")
    erin.wait_for_row("done")
    assert fingerprints_in(spool_dir) == {fingerprint(clip)}
