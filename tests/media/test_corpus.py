"""The corpus itself: enough of it, and made once by several runs at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.media.corpus import BECOMES, Corpus


def test_there_is_a_file_for_every_trait_and_more() -> None:
    assert len(BECOMES) >= 60
    assert len({becomes.refused for becomes in BECOMES.values()}) > 8


def test_runs_at_the_same_time_share_one_file(tmp_path: Path) -> None:
    """Each run has a corpus of its own over the same place."""
    with ThreadPoolExecutor(4) as runs:
        paths = list(runs.map(lambda _: Corpus(tmp_path)["silent.mp4"], range(4)))
    assert len(set(paths)) == 1
    assert [path.name for path in paths[0].parent.iterdir()] == ["silent.mp4"]
