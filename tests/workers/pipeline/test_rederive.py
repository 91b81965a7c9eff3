"""Copies are made again in the background: the old stay until the new stand, and nothing is worse for it."""

from pathlib import Path
from uuid import UUID

from evidence import ledger
from evidence.media.rederive import outdated, rederive, set_aside_media
from tests.media.corpus import Corpus
from tests.workers.conftest import Site
from workers.recipes import TODAY


def kinds(site: Site, media_id: UUID) -> list[str]:
    with site.database.as_role("operator") as conn:
        return [entry.kind for entry in ledger.history(conn, site.media(media_id).tip_id)]


def asked(site: Site, media_id: UUID) -> bool:
    with site.database.as_role("operator") as conn:
        return rederive(conn, media_id)


def test_a_copy_by_an_earlier_recipe_is_replaced_by_todays(site: Site, corpus: Corpus) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    site.until_settled(media_id)
    with site.database.as_admin() as conn:
        conn.execute("UPDATE derivative SET recipe = 'remux-0' WHERE kind = 'playback'")
    with site.database.as_role("operator") as conn:
        assert outdated(conn, TODAY) == [media_id]
    assert asked(site, media_id)
    assert not asked(site, media_id), "it is being made already"
    assert site.media(media_id).state == "ready", "what there is can be watched meanwhile"
    site.until_settled(media_id)
    with site.database.as_role("operator") as conn:
        made = conn.execute("SELECT kind, recipe FROM derivative WHERE kind = 'playback' ORDER BY made_at")
        assert [recipe for _, recipe in made.fetchall()] == ["remux-0", "remux-2"]
        assert outdated(conn, TODAY) == []
    assert kinds(site, media_id).count("ready") == 1
    assert kinds(site, media_id)[-3:] == ["rederive_asked", "inspected", "derived"]


def test_a_full_size_copy_that_could_not_be_made_gets_another_chance(site: Site, corpus: Corpus) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    site.until_settled(media_id)
    with site.database.as_admin() as conn:
        conn.execute(
            "UPDATE derivative SET recipe = 'quick-1', facts = facts || '{\"quick\": true}'"
            " WHERE kind = 'playback'"
        )
    with site.database.as_role("operator") as conn:
        assert outdated(conn, TODAY) == [media_id]
    assert asked(site, media_id)
    site.until_settled(media_id)
    with site.database.as_role("operator") as conn:
        assert outdated(conn, TODAY) == []


def test_what_was_set_aside_gets_another_chance(site: Site, corpus: Corpus, broken_ffmpeg: Path) -> None:
    media_id = site.arrive(corpus["silent.mp4"].read_bytes())
    site.until_settled(media_id, IMAGEIO_FFMPEG_EXE=str(broken_ffmpeg))
    text = site.arrive(corpus["text.mp4"].read_bytes())
    site.until_settled(text)
    with site.database.as_role("operator") as conn:
        assert set(set_aside_media(conn)) == {media_id, text}
    assert asked(site, media_id)
    assert asked(site, text)
    site.until_settled(media_id)
    site.until_settled(text)
    assert site.media(media_id).state == "ready"
    assert site.media(text).quarantine_code == "not_media"


def test_a_new_copy_that_fails_takes_nothing_away(site: Site, corpus: Corpus, broken_ffmpeg: Path) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    site.until_settled(media_id)
    before = site.derivatives(media_id)
    with site.database.as_admin() as conn:
        conn.execute("UPDATE derivative SET recipe = 'remux-0' WHERE kind = 'playback'")
    assert asked(site, media_id)
    site.until_settled(media_id, IMAGEIO_FFMPEG_EXE=str(broken_ffmpeg))
    media = site.media(media_id)
    assert (media.state, media.stage, media.quarantine_code) == ("ready", "done", None)
    assert {kind: d.sha256 for kind, d in site.derivatives(media_id).items()} == {
        kind: d.sha256 for kind, d in before.items()
    }
    assert kinds(site, media_id)[-1] == "not_made"
