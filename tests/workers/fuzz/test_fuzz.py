"""A few dozen broken files: no fall of our own code, no hang, nothing left behind, nothing told.

`make fuzz` has thousands.
"""

from pathlib import Path

from tests.media.corpus import Corpus
from tests.waiting import eventually
from tests.workers.conftest import Site
from tests.workers.fuzz.judging import judged
from tests.workers.fuzz.mutating import mutated
from workers.sandbox.launch import Sandbox

SEED = 4
"""Always the same, so that a run that fails fails again; `make fuzz` draws a new one."""


def test_broken_files_do_no_harm(corpus: Corpus, sandbox: Sandbox, tmp_path: Path) -> None:
    outcomes = list(judged(corpus, sandbox, tmp_path, SEED, 40))
    assert [outcome for outcome in outcomes if outcome.fault] == []
    assert list(tmp_path.iterdir()) == []
    assert len({outcome.became for outcome in outcomes}) > 2, "they are broken, and not beyond all reading"


def test_a_seed_and_a_number_name_a_file(corpus: Corpus) -> None:
    content, other = corpus["plain.mp4"].read_bytes(), corpus["photo.jpg"].read_bytes()
    assert mutated(1, 2, content, other) == mutated(1, 2, content, other) != mutated(1, 3, content, other)


def test_a_worker_outlives_broken_files(site: Site, corpus: Corpus) -> None:
    """Through the whole pipeline: each is settled, the worker is there, its scratch empty."""
    names = (
        "plain.mp4",
        "photo.jpg",
        "sequence.avif",
        "browser.webm",
        "photo.heic",
        "voice.m4a",
        "animated.gif",
    )
    other = corpus["recorder.avi"].read_bytes()
    broken = [mutated(SEED, number, corpus[name].read_bytes(), other) for number, name in enumerate(names)]
    ids = [site.arrive(content) for content in broken if content]
    scratch = Path(site.environment["TIPLINE_SCRATCH"])
    with site.worker() as worker:
        eventually(lambda: all(site.settled(media_id) for media_id in ids))
        eventually(
            lambda: (
                not [
                    room
                    for own in scratch.iterdir()
                    if own.is_dir()
                    for room in own.iterdir()
                    if room.is_dir()
                ]
            )
        )
        assert worker.poll() is None
    for media_id in ids:
        media = site.media(media_id)
        assert media.sha256 is not None
        assert media.state == "ready" or media.quarantine_sentence
