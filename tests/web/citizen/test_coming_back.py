"""After a reload: the upload goes on, and the device kept nothing that opens the tip."""

from pathlib import Path

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import NewFile, Phone, fingerprint, fingerprints_in

MB = 1_000_000
KEPT = "JSON.stringify({...localStorage, ...sessionStorage})"


def _break_off(erin: Phone, door: Intake, clip: Path) -> list[str]:
    """Send a part of the clip, then lose the page."""
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.choose(clip)
    erin.weaken(3 * MB)
    words = erin.send()
    erin.wait_for_percent(30)
    kept = erin.page.evaluate(KEPT)
    assert clip.name not in kept
    assert not any(f'"{word}' in kept or f" {word}" in kept for word in words)
    erin.page.goto("about:blank")
    erin.visit(door)
    erin.weaken(-1)
    return words


def test_the_same_file_goes_on_where_it_stopped(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile, database: Database
) -> None:
    clip = new_file("clip.mp4", 12 * MB)
    _break_off(erin, door, clip)
    assert "1 file, 12\N{NO-BREAK SPACE}MB, started" in erin.page.inner_text("#unfinished")
    first_offsets: list[str] = []
    erin.page.on(
        "request",
        lambda sent: first_offsets.append(sent.headers["upload-offset"]) if sent.method == "PATCH" else None,
    )
    erin.page.set_input_files("#again", clip)
    erin.wait_for_row("done")
    assert int(first_offsets[0]) > 3 * MB
    assert fingerprints_in(spool_dir) == {fingerprint(clip)}
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*), count(DISTINCT tip_id) FROM upload").fetchone() == (1, 1)
    assert erin.page.evaluate(KEPT) == "{}"
    assert "cannot be shown again" in erin.page.inner_text("#sending")
    assert erin.page.locator(".receipt").is_hidden()


def test_another_file_is_not_taken_for_it(erin: Phone, door: Intake, new_file: NewFile) -> None:
    _break_off(erin, door, new_file("clip.mp4", 12 * MB))
    erin.page.set_input_files("#again", new_file("other.mp4", 12 * MB))
    assert "other.mp4 is not the file you started to send" in erin.page.inner_text("#unfinished")
    assert erin.page.locator("#telling").is_visible()


def test_files_that_had_not_begun_are_remembered_too(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile
) -> None:
    clip, photo = new_file("clip.mp4", 12 * MB), new_file("photo.jpg", MB)
    erin.visit(door)
    erin.choose(clip, photo)
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_percent(20)
    erin.page.goto("about:blank")
    erin.visit(door)
    erin.weaken(-1)
    assert "2 files, 13\N{NO-BREAK SPACE}MB in all" in erin.page.inner_text("#unfinished")
    erin.page.set_input_files("#again", [clip, photo])
    erin.wait_for_row("done", 2)
    assert fingerprints_in(spool_dir) == {fingerprint(clip), fingerprint(photo)}


def test_giving_up_deletes_it_there_and_here(
    erin: Phone, door: Intake, spool_dir: Path, new_file: NewFile
) -> None:
    _break_off(erin, door, new_file("clip.mp4", 12 * MB))
    erin.press("forget")
    assert erin.page.locator("#unfinished").is_hidden()
    eventually(lambda: not list(spool_dir.glob("*.bytes")))
    assert erin.page.evaluate(KEPT) == "{}"
    erin.visit(door)
    assert erin.page.locator("#unfinished").is_hidden()
