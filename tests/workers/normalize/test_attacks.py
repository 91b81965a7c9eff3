"""Files made to make a tool read other files, or never end."""

import time
from pathlib import Path

import pytest

from tests.workers.corpus import FFMPEG, Corpus, ffmpeg
from workers.inspect.examine import examine
from workers.inspect.facts import Facts, Picture
from workers.inspect.refusals import RefusedError
from workers.normalize.make import film_limits
from workers.normalize.recipe import TRANSCODE, command
from workers.sandbox.launch import Sandbox

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{secret}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{secret}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{secret}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>',
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Another person's film, in reach of the worker and of no tool."""
    path = tmp_path / "secret.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=duration=1:size=64x64", "-c:v", "libx264", str(path))
    return path


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_is_not_media(kind: str, secret: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    lure = tmp_path / "clip.mp4"
    lure.write_text(PLAYLISTS[kind].format(secret=secret))
    with pytest.raises(RefusedError) as refused:
        examine(sandbox, lure, tmp_path, bool)
    assert refused.value.refusal.code == "not_media"


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("form", ["mov", "matroska", "mpegts", "hls", "concat", "dash"])
def test_even_believed_it_reads_nothing(
    kind: str, form: str, secret: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Were the sniff fooled, the command line and the room still hold."""
    lure, folder = tmp_path / "clip.mp4", tmp_path / "folder"
    lure.write_text(PLAYLISTS[kind].format(secret=secret))
    folder.mkdir()
    picture = Picture(0, "h264", "High", "yuv420p", 64, 64, 0, False, False, True)
    facts = Facts("video", "video/mp4", form, 1.0, picture, None)
    argv = command(FFMPEG, facts, TRANSCODE, folder / "out.mp4")
    ended = sandbox.run(argv, source=lure, folder=folder, limits=film_limits(facts))
    assert not ended.ok
    assert not any(path.stat().st_size for path in folder.iterdir())


def test_a_pixel_bomb_is_refused_before_it_is_opened(
    corpus: Corpus, sandbox: Sandbox, tmp_path: Path
) -> None:
    bomb = corpus["bomb.png"]
    began = time.monotonic()
    with pytest.raises(RefusedError) as refused:
        examine(sandbox, bomb, tmp_path, bool)
    assert refused.value.refusal.code == "too_many_pixels"
    assert time.monotonic() - began < 5


def test_endless_timestamps_end(corpus: Corpus, sandbox: Sandbox, tmp_path: Path) -> None:
    facts = examine(sandbox, corpus["endless.mp4"], tmp_path, bool)
    began = time.monotonic()
    argv = command(FFMPEG, facts, TRANSCODE, tmp_path / "out.mp4")
    sandbox.run(argv, source=corpus["endless.mp4"], folder=tmp_path, limits=film_limits(facts))
    assert time.monotonic() - began < 20
