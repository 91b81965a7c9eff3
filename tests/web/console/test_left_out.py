"""Staff are told what a copy leaves out."""

import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from tests.web.console.conftest import Running, sign_in
from web.console.left_out import left_out


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([], []),
        (["audio:unknown"], ["another sound"]),
        (["audio:aac", "audio:aac", "subtitle:subrip"], ["2 other sounds", "subtitles"]),
        (["data:unknown", "data:bin_data"], ["2 tracks of data"]),
        (["video:motion photo", "picture:2"], ["a short film (Motion Photo)", "2 other pictures"]),
        (["video:mjpeg", "attachment:unknown"], ["another film or a cover picture", "an attached file"]),
        (["nonsense"], ["a track of data"]),
        ("no list", []),
    ],
)
def test_each_is_said_in_plain_words(named: object, said: list[str]) -> None:
    assert left_out({"left_out": named}) == said
    assert left_out(None) == []


def test_a_tip_says_what_only_the_original_has(page: Page, running: Running) -> None:
    tip_id = running.town.tip("two microphones")
    media_id, _ = running.town.clip(tip_id)
    told = Jsonb({"left_out": ["audio:aac"], "cut_off": True})
    with running.town.database.as_admin() as conn:
        conn.execute("UPDATE media SET facts = facts || %s WHERE id = %s", (told, media_id))
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator(f"#media-{media_id}")).to_contain_text("only in the original: another sound")
    expect(page.locator(f"#media-{media_id}")).to_contain_text("the file ends before its recording does")
