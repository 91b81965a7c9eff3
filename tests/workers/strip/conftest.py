"""Copies as the recipes make them, and the two ways to judge bytes."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.media.corpus import Corpus
from tests.media.making import FFMPEG, ffmpeg
from tests.workers.strip.surgery import Film
from workers.inspect.examine import examine
from workers.normalize.make import film_limits
from workers.normalize.recipe import command, recipe_for
from workers.sandbox.launch import Sandbox
from workers.strip.unclean import UncleanError

Prove = Callable[[Path], object]
BARE = (
    "-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-empty_hdlr_name", "1",
    "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
    "-c:v", "libx264", "-preset", "superfast", "-g", "30",
    "-pix_fmt", "yuv420p", "-bsf:v", "filter_units=remove_types=6", "-c:a", "aac", "-ac", "2",
)  # fmt: skip


@dataclass(frozen=True)
class Judge:
    """Says of bytes whether they are clean."""

    folder: Path

    def refuses(self, prove: Prove, content: bytes) -> bool:
        path = self.folder / "copy"
        path.write_bytes(content)
        try:
            prove(path)
        except UncleanError:
            return True
        return False


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="session")
def clean(corpus: Corpus, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A clip with picture and sound, repacked by the recipe."""
    folder = tmp_path_factory.mktemp("clean")
    facts = examine(sandbox, corpus["phone.mp4"], folder, bool)
    argv = command(FFMPEG, facts, recipe_for(facts), folder / "clean.mp4")
    assert sandbox.run(argv, source=corpus["phone.mp4"], folder=folder, limits=film_limits(facts)).ok
    return Film((folder / "clean.mp4").read_bytes())


@pytest.fixture(scope="session")
def fragmented(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same clip as one fragmented file."""
    path = tmp_path_factory.mktemp("fragmented") / "copy.mp4"
    flags = "+frag_keyframe+empty_moov+default_base_moof+skip_trailer"
    ffmpeg("-i", str(corpus["phone.mp4"]), *BARE, "-movflags", flags, str(path))
    return Film(path.read_bytes())


@dataclass(frozen=True)
class Pieces:
    """A header and segments, as an event playlist has them."""

    init: bytes
    segments: list[bytes]


@pytest.fixture(scope="session")
def pieces(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    folder = tmp_path_factory.mktemp("pieces")
    subprocess.run(
        [
            FFMPEG, "-nostdin", "-v", "error", "-i", str(corpus["phone.mp4"]), *BARE,
            "-f", "hls", "-hls_time", "1", "-hls_segment_type", "fmp4",
            "-hls_playlist_type", "event", "out.m3u8",
        ],
        check=True, cwd=folder,
    )  # fmt: skip
    segments = [Film(path.read_bytes()) for path in sorted(folder.glob("out*.m4s"))]
    return Pieces(Film((folder / "init.mp4").read_bytes()), segments)
