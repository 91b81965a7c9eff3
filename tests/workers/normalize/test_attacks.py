"""Files made to make a tool read other files, or call somebody: none is read, nobody is called, each ends."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests.media import lures
from tests.media.copies import Copy, copy_of
from tests.media.corpus import Corpus
from tests.media.making import FFMPEG, ffmpeg
from tests.media.measuring import watch
from workers.inspect.facts import Facts, Picture
from workers.inspect.refusals import SENTENCES
from workers.normalize.make import film_limits
from workers.normalize.recipe import TRANSCODE, command
from workers.sandbox.launch import Sandbox


@dataclass(frozen=True)
class Bait:
    """Another person's film, in reach of the worker and of no tool; and a telephone that nobody may ring."""

    secret: Path
    telephone: socket.socket

    @property
    def port(self) -> int:
        return int(self.telephone.getsockname()[1])

    def put_into(self, text: str) -> str:
        filled = text.replace("{secret}", str(self.secret)).replace("{port}", str(self.port))
        return filled.replace("{call}", f"http://127.0.0.1:{self.port}")

    def rang(self) -> bool:
        """Whether anybody connected; a connection waits in the queue of a socket that listens."""
        try:
            self.telephone.accept()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[Bait]:
    secret = tmp_path / "secret.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=magenta:duration=1:size=320x240", "-c:v", "libx264", str(secret))
    with socket.create_server(("127.0.0.1", 0)) as telephone:
        telephone.setblocking(False)
        yield Bait(secret, telephone)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def shows_the_secret(copy: Copy) -> bool:
    """Whether a copy shows the secret film: nothing but magenta."""
    if copy.path.suffix == ".jpg":
        with Image.open(copy.path) as image:
            seen: Image.Image | None = image.convert("RGB")
    else:
        seen = watch(copy.path).first
    if seen is None:
        return False
    colours = seen.getcolors(1 << 20) or []
    like = sum(count for count, colour in colours if isinstance(colour, tuple) and _is_magenta(colour))
    return like > seen.width * seen.height / 2


def _is_magenta(colour: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(colour, (255, 0, 255), strict=True)) < 40


@pytest.mark.parametrize("kind", [*lures.PLAYLISTS, *lures.DOCUMENTS])
def test_what_leads_elsewhere_is_not_media(kind: str, bait: Bait, folder: Path, sandbox: Sandbox) -> None:
    lure = folder.with_name("clip.mp4")
    lure.write_text(bait.put_into({**lures.PLAYLISTS, **lures.DOCUMENTS}[kind]))
    assert copy_of(lure, folder, sandbox).refused == "not_media"
    assert not bait.rang()


@pytest.mark.parametrize("kind", lures.FILES)
def test_a_film_or_photo_that_leads_elsewhere_is_followed_nowhere(
    kind: str, bait: Bait, folder: Path, corpus: Corpus, sandbox: Sandbox
) -> None:
    lure = folder.with_name("clip")
    lure.write_bytes(lures.FILES[kind](corpus["plain.mp4"], bait.secret, f"http://127.0.0.1:{bait.port}"))
    copy = copy_of(lure, folder, sandbox)
    assert not bait.rang()
    if copy.refused:
        assert copy.refused in SENTENCES
    else:
        assert not shows_the_secret(copy)


@pytest.mark.parametrize(
    "kind", ["hls to a file", "hls to a host", "ffconcat", "dash to a file", "dash to a host", "sdp"]
)
@pytest.mark.parametrize("form", ["mov", "mpegts", "hls", "concat", "dash", "sdp"])
def test_even_believed_it_reads_nothing(
    kind: str, form: str, bait: Bait, folder: Path, sandbox: Sandbox
) -> None:
    """Were the sniff fooled, the command line and the room still hold."""
    lure = folder.with_name("clip.mp4")
    lure.write_text(bait.put_into(lures.PLAYLISTS[kind]))
    picture = Picture(0, "h264", "High", "yuv420p", 64, 64, 0, False, False, True)
    facts = Facts("video", "video/mp4", form, 1.0, picture, None)
    argv = command(FFMPEG, facts, TRANSCODE, folder / "out.mp4")
    ended = sandbox.run(argv, source=lure, folder=folder, limits=film_limits(facts))
    assert not ended.ok
    assert not any(path.stat().st_size for path in folder.iterdir())
    assert not bait.rang()


def test_the_bait_would_be_taken_without_a_room(bait: Bait, folder: Path) -> None:
    """A lure that leads a careless tool nowhere proves nothing."""
    lure = folder.with_name("clip.mp4")
    lure.write_text(bait.put_into(lures.PLAYLISTS["ffconcat"]))
    ffmpeg("-f", "concat", "-safe", "0", "-i", str(lure), str(folder / "copy.mp4"))
    assert shows_the_secret(Copy(folder / "copy.mp4"))
