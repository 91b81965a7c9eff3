"""From the spool to a copy that plays: one worker process, a real store, a real database."""

import hashlib
import json
from pathlib import Path
from uuid import UUID

import pytest
from nacl.signing import SigningKey

from evidence import ledger
from evidence.thread.statement import SIGNED
from tests.media.corpus import Corpus
from tests.waiting import eventually
from tests.workers.conftest import SIGNING_KEY, Site


def kinds(site: Site, media_id: UUID) -> list[str]:
    """What the ledger says happened to a media's tip, in order."""
    with site.database.as_role("operator") as conn:
        return [entry.kind for entry in ledger.history(conn, site.media(media_id).tip_id)]


def test_a_clip_is_sealed_inspected_previewed_and_made_playable(site: Site, corpus: Corpus) -> None:
    content = corpus["phone.mp4"].read_bytes()
    media_id = site.arrive(content)
    with site.worker():
        eventually(lambda: site.settled(media_id))
        eventually(lambda: not site.spool.bytes_path(site.media(media_id).upload_id).exists())
    media = site.media(media_id)
    assert (media.state, media.stage, media.kind, media.attempts) == ("ready", "done", "video", 0)
    assert media.sha256 == hashlib.sha256(content).digest()
    stored = site.store.open_range(site.store.originals, media.object_key or "", version=media.object_version)
    assert b"".join(stored) == content
    with site.database.as_role("operator") as conn:
        stated = conn.execute(
            "SELECT body, signature FROM statement WHERE media_id = %s", [media_id]
        ).fetchone()
    assert stated
    SigningKey(SIGNING_KEY).verify_key.verify(SIGNED + stated[0], stated[1])
    assert json.loads(stated[0])["sha256"] == hashlib.sha256(content).hexdigest()
    after = ["inspected", "derived", "derived", "ready", "traced", "derived", "derived", "fingerprinted"]
    assert kinds(site, media_id)[-8:] == after
    with site.database.as_role("operator") as conn:
        made_by = [
            entry
            for entry in ledger.history(conn, media.tip_id)
            if entry.kind in {"inspected", "derived", "fingerprinted"}
        ]
    assert all(entry.details["command"] and entry.details["tools"]["ffmpeg"] for entry in made_by)
    made = site.derivatives(media_id)
    assert set(made) == {"poster", "playback", "storyboard", "waveform"}
    assert made["playback"].recipe == "remux-2"
    assert all(hashlib.sha256(site.bytes_of(d)).digest() == d.sha256 for d in made.values())


def test_every_kind_of_file_ends_ready_or_set_aside_with_a_reason(site: Site, corpus: Corpus) -> None:
    expected = {
        "photo.jpg": "ready",
        "voice.m4a": "ready",
        "text.mp4": "not_media",
        "empty.mp4": "empty_file",
        "no-index.mp4": "no_index",
        "bomb.png": "too_many_pixels",
        "endless.mp4": "ready",
    }
    ids = {name: site.arrive(corpus[name].read_bytes()) for name in expected}
    with site.worker():
        eventually(lambda: all(site.settled(media_id) for media_id in ids.values()))
    found = {name: site.media(media_id) for name, media_id in ids.items()}
    assert {name: media.quarantine_code or media.state for name, media in found.items()} == expected
    for media in found.values():
        assert media.sha256 is not None, "the original is sealed whatever it is"
        assert (media.quarantine_sentence or "The original is kept").count("\n") == 0
    assert set(site.derivatives(ids["photo.jpg"])) == {"poster", "still"}
    assert set(site.derivatives(ids["voice.m4a"])) == {"playback", "waveform"}


def test_bytes_that_changed_in_the_spool_are_never_sealed(site: Site, corpus: Corpus) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    spooled = site.spool.bytes_path(site.media(media_id).upload_id)
    with spooled.open("r+b") as file:
        file.seek(1000)
        file.write(b"!")
    with site.worker():
        eventually(lambda: site.settled(media_id))
    media = site.media(media_id)
    assert (media.state, media.quarantine_code, media.sha256) == ("quarantined", "leaves_mismatch", None)
    assert spooled.exists()


def test_without_any_job_the_reconciler_still_finishes_everything(site: Site, corpus: Corpus) -> None:
    ids = [site.arrive(corpus[name].read_bytes()) for name in ("phone.mp4", "photo.png")]
    with site.database.as_admin() as conn:
        conn.execute("DELETE FROM procrastinate_jobs")
    with site.worker():
        eventually(lambda: all(site.settled(media_id) for media_id in ids))
    assert [site.media(media_id).state for media_id in ids] == ["ready", "ready"]


def test_the_worker_as_it_is_really_started_shut_in_itself(site: Site, corpus: Corpus) -> None:
    Path(site.environment["TIPLINE_SCRATCH"]).mkdir()
    ids = [site.arrive(corpus[name].read_bytes()) for name in ("phone.mp4", "photo.heic", "text.mp4")]
    with site.worker("tipline.run.worker"):
        eventually(lambda: all(site.settled(media_id) for media_id in ids))
    assert [site.media(media_id).quarantine_code for media_id in ids] == [None, None, "not_media"]


@pytest.mark.parametrize("name", ["phone.mp4", "hevc.mov", "photo.heic"])
def test_two_runs_make_the_same_bytes(site: Site, corpus: Corpus, name: str) -> None:
    first, second = (site.arrive(corpus[name].read_bytes()) for _ in range(2))
    with site.worker():
        eventually(lambda: site.settled(first) and site.settled(second))
    one, other = site.derivatives(first), site.derivatives(second)
    assert {kind: d.sha256 for kind, d in one.items()} == {kind: d.sha256 for kind, d in other.items()}
