"""The poster is upright, small and bare, whatever it was taken from."""

from pathlib import Path

import pytest
from PIL import Image

from tests.media.corpus import BECOMES, Corpus
from tests.media.making import FFMPEG
from tests.workers.normalize.test_nothing_told import clues
from workers.inspect.examine import examine
from workers.normalize.make import film_limits
from workers.preview import poster
from workers.sandbox.launch import Sandbox
from workers.strip import jpeg

FILMS = (
    "phone.mp4", "sideways.mp4", "mirrored-sideways.mp4", "hdr.mov", "old.3gp", "interlaced.mp4",
    "anamorphic.mp4",
    "animated.gif", "animated.webp", "live.webm", "camcorder.mts", "crooked.mp4",
)  # fmt: skip


@pytest.mark.parametrize("name", FILMS)
def test_a_poster_is_upright_small_and_bare(
    corpus: Corpus, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    facts = examine(sandbox, corpus[name], tmp_path, bool)
    assert facts.picture is not None
    out = tmp_path / "poster.jpg"
    for moment in (poster.moment(facts), 0.0):  # as the stage does: not every file can be sought in
        argv = poster.command(FFMPEG, facts, facts.picture, out, moment)
        ended = sandbox.run(argv, source=corpus[name], folder=tmp_path, limits=film_limits(facts))
        if ended.ok and out.stat().st_size:
            break
    jpeg.prove_clean(out)
    assert not clues(out.read_bytes())
    with Image.open(out) as image:
        width, height = BECOMES[name].shown
        assert image.width / image.height == pytest.approx(width / height, rel=0.02)
        if BECOMES[name].corner:
            red, green, blue = image.convert("RGB").getpixel((image.width // 16, image.height // 16))  # type: ignore[misc]
            assert (red > 170, green < 90, blue < 90) == (True, True, True)
