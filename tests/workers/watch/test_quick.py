"""The small copy that is soon there shows and sounds what the full-size one does, at the same moments."""

from pathlib import Path

import pytest

from tests.media.corpus import BECOMES, Corpus
from tests.media.making import FFMPEG
from tests.media.measuring import watch
from workers.inspect.examine import examine
from workers.normalize.make import film_limits
from workers.sandbox.launch import Sandbox
from workers.strip import fragments, movie
from workers.watch import quick

FILMS = ["hevc.mov", "hdr.mov", "uneven.mov", "old.3gp", "trimmed.mp4", "browser.webm"]
IN_SYNC_SECONDS = 0.04
LATE_SECONDS = IN_SYNC_SECONDS + 1024 / 48_000
"""Both begin later by the frame with which AAC begins: the header of a film in pieces cannot take it away."""


@pytest.mark.parametrize("name", FILMS)
def test_it_is_in_step_and_clean_in_pieces_and_whole(
    corpus: Corpus, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    source, growing, whole = corpus[name], tmp_path / "growing.mp4", tmp_path / "copy.mp4"
    facts = examine(sandbox, source, tmp_path, bool)
    assert facts.picture
    for argv, read in (
        (quick.command(FFMPEG, facts, facts.picture, growing), source),
        (quick.repack(FFMPEG, whole), growing),
    ):
        ended = sandbox.run(argv, source=read, folder=tmp_path, limits=film_limits(facts))
        assert ended.ok, ended.complaint
    fragments.prove_fragmented_clean(growing)
    movie.prove_clean(whole)
    becomes = BECOMES[name]
    for copy in (growing, whole):
        seen = watch(copy)
        assert seen.seconds == pytest.approx(becomes.seconds, abs=0.1)
        if becomes.flash is not None:
            assert seen.flash == pytest.approx(becomes.flash, abs=LATE_SECONDS)
        if facts.sound and becomes.flash is not None:
            assert seen.beep == pytest.approx(seen.flash, abs=IN_SYNC_SECONDS)
