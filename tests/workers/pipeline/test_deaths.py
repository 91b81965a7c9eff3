"""Workers die and freeze at every point of their work: what comes out is the same, once."""

import os
import signal
from pathlib import Path
from uuid import UUID

import pytest

from evidence import ledger
from tests.media.corpus import Corpus
from tests.waiting import eventually
from tests.workers.conftest import Site

STAGES = ["seal", "inspect", "preview", "watch", "survey"]


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    (tmp_path / "marks").mkdir()
    return tmp_path / "marks"


@pytest.fixture(autouse=True)
def short_leases(site: Site) -> None:
    site.environment["TIPLINE_LEASE_SECONDS"] = "1"


def kinds(site: Site, media_id: UUID) -> list[str]:
    """What happened to a media's tip; that the same film was sent before is another matter."""
    return [kind for kind in all_kinds(site, media_id) if kind != "echo_found"]


def all_kinds(site: Site, media_id: UUID) -> list[str]:
    with site.database.as_role("operator") as conn:
        return [entry.kind for entry in ledger.history(conn, site.media(media_id).tip_id)]


def made(site: Site, media_id: UUID) -> dict[str, bytes]:
    return {kind: d.sha256 for kind, d in site.derivatives(media_id).items()}


@pytest.mark.parametrize("point", ["claimed", "worked", "committed"])
def test_killed_once_at_every_stage_it_finishes_exactly_once(
    site: Site, corpus: Corpus, marks: Path, point: str
) -> None:
    content = corpus["phone.mp4"].read_bytes()
    quiet = site.arrive(content)
    site.until_settled(quiet)
    killed = site.arrive(content)
    died = site.until_settled(killed, TEST_POINT=point, TEST_SIGNAL="SIGKILL", TEST_MARKS=str(marks))
    assert sorted(mark.name for mark in marks.iterdir()) == sorted(STAGES)
    assert set(died) == {-signal.SIGKILL}
    assert site.media(killed).state == "ready"
    assert made(site, killed) == made(site, quiet)
    # The second is the first one's file again, and that is said once as well.
    assert [all_kinds(site, one).count("echo_found") for one in (quiet, killed)] == [0, 1]
    assert kinds(site, killed) == kinds(site, quiet)
    versions = site.store.client.list_object_versions(
        Bucket=site.store.originals, Prefix=site.media(killed).object_key or "?"
    )
    assert len(versions["Versions"]) == 1


def test_a_worker_that_died_leaves_nothing_of_the_file_on_disk(
    site: Site, corpus: Corpus, marks: Path
) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    site.until_settled(media_id, TEST_POINT="worked", TEST_SIGNAL="SIGKILL", TEST_MARKS=str(marks))
    site.until_settled(site.arrive(b"one more, for a worker that ends in peace"))
    assert list(Path(site.environment["TIPLINE_SCRATCH"]).iterdir()) == []


def test_the_third_death_sets_a_file_aside_visibly(site: Site, corpus: Corpus, marks: Path) -> None:
    media_id = site.arrive(corpus["photo.jpg"].read_bytes())
    died = site.until_settled(
        media_id, TEST_POINT="claimed", TEST_SIGNAL="SIGKILL", TEST_MARKS=str(marks), TEST_ALWAYS="1"
    )
    media = site.media(media_id)
    assert died == [-signal.SIGKILL] * 3
    assert (media.state, media.quarantine_code) == ("quarantined", "tool_failed")
    assert "Three attempts" in (media.quarantine_sentence or "")
    assert kinds(site, media_id)[-1] == "quarantined"


def test_a_tool_that_fails_three_times_sets_a_file_aside(
    site: Site, corpus: Corpus, broken_ffmpeg: Path
) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    site.until_settled(media_id, IMAGEIO_FFMPEG_EXE=str(broken_ffmpeg))
    media = site.media(media_id)
    assert (media.state, media.stage, media.quarantine_code) == ("quarantined", "preview", "tool_failed")
    assert "ended with status 1" in (media.quarantine_sentence or "")
    assert media.sha256 is not None


def test_a_frozen_worker_that_wakes_up_changes_nothing(site: Site, corpus: Corpus, marks: Path) -> None:
    media_id = site.arrive(corpus["phone.mp4"].read_bytes())
    environment = {"TEST_POINT": "worked", "TEST_SIGNAL": "SIGSTOP", "TEST_MARKS": str(marks)}
    with site.worker(**environment) as frozen:
        eventually((marks / "seal").exists)
        with site.worker() as other:
            eventually(lambda: site.settled(media_id))
            before = (kinds(site, media_id), made(site, media_id))
            for mark in STAGES:
                (marks / mark).touch()
            os.kill(frozen.pid, signal.SIGCONT)
            other_media = site.arrive(corpus["photo.png"].read_bytes())
            eventually(lambda: site.settled(other_media))
            assert other.poll() is None
        assert frozen.poll() is None
    assert (kinds(site, media_id), made(site, media_id)) == before
    assert site.media(media_id).state == "ready"
