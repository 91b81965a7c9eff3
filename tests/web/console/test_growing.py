"""A copy is watched while it is made, goes on as the whole once that stands, and can be skimmed."""

import hashlib
import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import imageio_ffmpeg
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from evidence import media
from evidence.db.connect import Connection
from evidence.media.growing import Piece, add_piece
from evidence.media.lease import release
from evidence.media.rederive import rederive
from tests.waiting import eventually
from tests.web.console.conftest import PHONE, Running, sign_in
from tests.web.console.test_accessibility import faults
from tests.web.console.town import PICTURE, SECONDS, film
from workers.watch.pieces import Growing

MIME = 'video/mp4; codecs="avc1.640028"'


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A clip in pieces of a second, as the worker makes them."""
    return in_pieces(tmp_path_factory.mktemp("pieces"))


def in_pieces(root: Path, *coding: str) -> list[bytes]:
    out = root / "growing.mp4"
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-i", str(film(root, 3)),
            "-c:v", "libx264", "-profile:v", "high", "-level:v", "4.0", "-pix_fmt", "yuv420p",
            *coding, "-force_key_frames", "expr:gte(t,n_forced)", "-movflags",
            "+empty_moov+default_base_moof+frag_keyframe+skip_trailer", str(out),
        ],
        check=True,
    )  # fmt: skip
    return list(Growing(out).whole())


def grow(running: Running, media_id: UUID, number: int, content: bytes) -> None:
    """The worker hands a piece on."""
    town, digest = running.town, hashlib.sha256(content).digest()
    path = town.root / f"piece-{number}"
    path.write_bytes(content)
    stored = town.store.put_derivative(f"{media_id}/pieces/{number}", path, digest, "video/mp4")

    def work(conn: Connection, lease: media.Lease) -> None:
        add_piece(
            conn, lease,
            Piece(media_id, "quick-1", number, digest, len(content), MIME, stored.key, stored.version),
        )  # fmt: skip
        release(conn, lease)

    town.stage(media_id, "watch", work)


def previewed(running: Running) -> tuple[UUID, UUID, Path]:
    """A tip whose film has a poster and no copy yet."""
    town, tip_id = running.town, running.town.tip("it moved")
    path = film(town.root, 3)
    media_id = town.receive(tip_id, "IMG_7.MOV", path.read_bytes())
    town.seal(media_id, path.read_bytes())
    town.inspect(media_id, "video", "video/quicktime", {"seconds": SECONDS, "picture": PICTURE})
    town.poster(media_id, 3)
    return tip_id, media_id, path


def test_it_plays_while_it_is_made_and_goes_on_with_the_whole(
    page: Page, running: Running, pieces: list[bytes]
) -> None:
    tip_id, media_id, path = previewed(running)
    sign_in(page, running)
    expect(page.locator(".chip")).to_contain_text("Making a copy to play")
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("#stage")).to_contain_text("Being prepared")
    for number, content in enumerate(pieces[:2]):
        grow(running, media_id, number, content)
    page.get_by_role("button", name="Play video while it is being prepared").click()
    video = page.locator("video")
    eventually(lambda: video.evaluate("video => video.currentTime > 0.5"))
    assert video.evaluate("video => video.src.startsWith('blob:')")
    assert video.evaluate("video => Math.round(video.duration)") == SECONDS
    for number, content in enumerate(pieces[2:], start=2):
        grow(running, media_id, number, content)
    eventually(lambda: video.evaluate("video => video.currentTime > 1.5"))
    copy = running.town.derive(media_id, "watch", "survey", "playback", path, "video/mp4", seconds=SECONDS)
    eventually(lambda: video.evaluate("video => video.src").endswith(f"/media/{copy}/content"))
    assert video.evaluate("video => video.currentTime") > 1
    eventually(lambda: video.evaluate("video => video.ended"))


def opened_growing(page: Page, running: Running, pieces: list[bytes]) -> tuple[UUID, Path, Locator]:
    """A film is opened of which these pieces are there; it plays."""
    tip_id, media_id, path = previewed(running)
    for number, content in enumerate(pieces):
        grow(running, media_id, number, content)
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Play video while it is being prepared").click()
    video = page.locator("video")
    eventually(lambda: video.evaluate("video => video.currentTime > 0"))
    return media_id, path, video


def test_a_network_that_is_away_for_a_while_ends_nothing(
    page: Page, running: Running, pieces: list[bytes]
) -> None:
    media_id, path, video = opened_growing(page, running, pieces[:2])
    page.context.set_offline(True)
    for _ in range(2):
        page.wait_for_event("requestfailed")
    page.context.set_offline(False)
    for number, content in enumerate(pieces[2:], start=2):
        grow(running, media_id, number, content)
    eventually(lambda: video.evaluate("video => video.currentTime > 1.5"))
    copy = running.town.derive(media_id, "watch", "survey", "playback", path, "video/mp4", seconds=SECONDS)
    eventually(lambda: video.evaluate("video => video.src").endswith(f"/media/{copy}/content"))


def test_more_than_the_player_takes_at_once_is_handed_to_it_as_it_plays(
    page: Page, running: Running, tmp_path: Path
) -> None:
    many = in_pieces(
        tmp_path, "-preset", "ultrafast", "-vf", "scale=320:-2,noise=alls=60:allf=t", "-crf", "23"
    )
    assert sum(map(len, many)) > 5 << 19, "it takes 2 MiB at a time here"
    media_id, path, video = opened_growing(page, running, many)
    eventually(lambda: video.evaluate("video => video.currentTime") > SECONDS - 0.5)
    copy = running.town.derive(media_id, "watch", "survey", "playback", path, "video/mp4", seconds=SECONDS)
    eventually(lambda: video.evaluate("video => video.src").endswith(f"/media/{copy}/content"))


def test_a_piece_that_the_player_refuses_is_told_and_the_whole_plays(
    page: Page, running: Running, pieces: list[bytes]
) -> None:
    media_id, path, video = opened_growing(page, running, pieces[:2])
    grow(running, media_id, 2, b"\0\0\0\x10moof" + b"\xff" * 24)
    grow(running, media_id, 3, pieces[3])
    expect(page.locator("#notices")).to_contain_text("while it is being prepared")
    copy = running.town.derive(media_id, "watch", "survey", "playback", path, "video/mp4", seconds=SECONDS)
    eventually(lambda: video.evaluate("video => video.src").endswith(f"/media/{copy}/content"))


def test_pieces_are_for_those_who_opened_the_film(running: Running, pieces: list[bytes]) -> None:
    _, media_id, _ = previewed(running)
    grow(running, media_id, 0, pieces[0])
    alice, dave = running.signed_in(), running.signed_in("dave", "auditor")
    assert alice.get(f"/media/{media_id}/pieces/0").json()["code"] == "not_opened"
    alice.post(f"/media/{media_id}/open")
    assert alice.get(f"/media/{media_id}/pieces/0").content == pieces[0]
    assert alice.get(f"/media/{media_id}/pieces/1").json()["code"] == "unknown_piece"
    told = alice.get(f"/media/{media_id}/pieces").json()
    assert told == {"type": MIME, "seconds": SECONDS, "pieces": 1, "whole": None, "given_up": False}
    assert dave.get(f"/media/{media_id}/pieces").status_code == 403
    assert dave.get(f"/media/{media_id}/pieces/0").status_code == 403
    assert running.client().get(f"/media/{media_id}/pieces/0").status_code == 401


def test_pieces_of_what_was_set_aside_are_for_nobody(running: Running, pieces: list[bytes]) -> None:
    _, media_id, _ = previewed(running)
    grow(running, media_id, 0, pieces[0])
    alice = running.signed_in()
    alice.post(f"/media/{media_id}/open")
    running.town.stage(
        media_id, "watch", lambda conn, lease: media.set_aside(conn, lease, "not_clean", "It is not clean.")
    )
    assert alice.get(f"/media/{media_id}/pieces/0").json()["code"] == "not_playable"
    assert alice.get(f"/media/{media_id}/pieces").json()["given_up"]


def surveyed(running: Running) -> UUID:
    """A tip whose film has a storyboard of four tiles and a waveform."""
    town = running.town
    tip_id, media_id, path = previewed(running)
    town.derive(media_id, "watch", "survey", "playback", path, "video/mp4", seconds=SECONDS)
    board, waveform = town.root / "board.jpg", town.root / "waveform.json"
    Image.new("RGB", (1600, 900), "navy").save(board)
    waveform.write_text(json.dumps({"seconds": SECONDS, "peaks": [10, 90, 40] * 160}))
    seconds = [0.0, 1.0, 2.0, 3.0]
    town.derive(
        media_id, "survey", "survey", "storyboard", board, "image/jpeg",
        columns=10, width=160, height=90, seconds=seconds,
    )  # fmt: skip
    town.derive(media_id, "survey", "done", "waveform", waveform, "application/json")
    return tip_id


def test_a_storyboard_and_a_waveform_take_one_to_the_moment(page: Page, running: Running) -> None:
    tip_id = surveyed(running)
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator(".timeline")).to_be_hidden()
    page.get_by_role("button", name="Play video").click()
    tiles = page.get_by_role("group", name="Storyboard")
    expect(tiles.get_by_role("button")).to_have_count(4)
    video = page.locator("video")
    video.evaluate("video => video.pause()")
    tiles.get_by_role("button", name="Go to 0:02").click()
    eventually(lambda: abs(video.evaluate("video => video.currentTime") - 2) < 0.1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    eventually(lambda: abs(video.evaluate("video => video.currentTime") - 3) < 0.1)
    expect(tiles.get_by_role("button", name="Go to 0:03")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Loudness").click(position={"x": 2, "y": 10})
    eventually(lambda: video.evaluate("video => video.currentTime") < 0.5)


def test_on_a_phone_the_storyboard_scrolls_and_the_page_does_not(page: Page, running: Running) -> None:
    tip_id = surveyed(running)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Play video").click()
    expect(page.get_by_role("group", name="Storyboard")).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_film_that_a_later_look_finds_harmful_is_taken_from_who_watches_it(
    page: Page, running: Running
) -> None:
    town, tip_id = running.town, running.town.tip("it was harmful")
    media_id, _ = town.clip(tip_id)
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Play video").click()
    eventually(lambda: page.locator("video").evaluate("video => video.currentTime > 0"))
    with town.database.as_role("operator") as conn:
        assert rederive(conn, media_id)
    town.stage(
        media_id,
        "inspect",
        lambda conn, lease: media.set_aside(conn, lease, "malware", "It is harmful.", harmful=True),
    )
    expect(page.locator("#stage")).to_contain_text("It is harmful.")
    expect(page.locator("video")).to_have_count(0)
    page.goto("/")
    expect(page.locator(".row__link")).to_be_visible()
    expect(page.locator(".picture__image")).to_have_count(0)


def test_who_is_signed_out_while_a_film_grows_is_told_so_and_led_back(
    page: Page, running: Running, pieces: list[bytes]
) -> None:
    # No line to the server tells of it: the player does.
    page.route("**/events", lambda _: None)
    opened_growing(page, running, pieces[:2])
    tip = urlsplit(page.url).path
    with running.town.database.as_admin() as conn:
        conn.execute("DELETE FROM console_session")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    expect(page.locator("[data-passkey-signin]")).to_have_attribute("data-next", tip)


def test_looking_how_far_a_copy_has_come_keeps_no_session_alive(
    page: Page, running: Running, pieces: list[bytes]
) -> None:
    media_id, _, _ = opened_growing(page, running, pieces[:2])
    with page.expect_request(f"**/media/{media_id}/pieces") as looked:
        pass
    assert looked.value.headers["x-tipline-live"] == "1"


def test_who_watches_a_small_copy_is_told_and_goes_on_in_full_size(page: Page, running: Running) -> None:
    town = running.town
    tip_id, media_id, path = previewed(running)
    small = town.derive(
        media_id, "watch", "normalize", "playback", path, "video/mp4", seconds=SECONDS, quick=True
    )
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("figcaption")).to_contain_text("a small copy plays; the full size is being made")
    page.get_by_role("button", name="Play video").click()
    video = page.locator("video")
    eventually(lambda: video.evaluate("video => video.currentTime > 1"))
    assert video.evaluate("video => video.src").endswith(f"/media/{small}/content")
    full = town.derive(media_id, "normalize", "done", "playback", path, "video/mp4", seconds=SECONDS)
    page.get_by_role("button", name="Go on in full size").click()
    eventually(lambda: video.evaluate("video => video.src").endswith(f"/media/{full}/content"))
    eventually(lambda: video.evaluate("video => video.currentTime > 1"))
    expect(page.get_by_role("button", name="Go on in full size")).to_be_hidden()
    expect(page.locator("figcaption")).not_to_contain_text("small copy")


def test_who_paused_at_the_edge_of_a_growing_film_is_not_played_to(
    page: Page, running: Running, pieces: list[bytes]
) -> None:
    media_id, path, video = opened_growing(page, running, pieces[:2])
    eventually(lambda: video.evaluate("video => video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA"))
    video.evaluate("video => video.pause()")
    copy = running.town.derive(media_id, "watch", "survey", "playback", path, "video/mp4", seconds=SECONDS)
    eventually(lambda: video.evaluate("video => video.src").endswith(f"/media/{copy}/content"))
    eventually(lambda: video.evaluate("video => video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA"))
    assert video.evaluate("video => video.paused")
