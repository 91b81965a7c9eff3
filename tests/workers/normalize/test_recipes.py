"""The recipes over the corpus: what comes out plays, stands upright, and tells nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from PIL import Image

from tests.workers.corpus import CANARY, FFMPEG, PLACE, SECONDS, Corpus
from workers.inspect.examine import examine
from workers.inspect.facts import Facts
from workers.normalize.make import film_limits
from workers.normalize.recipe import command, recipe_for
from workers.preview import poster
from workers.sandbox.launch import Sandbox
from workers.strip import jpeg, movie

FILMS = {
    "phone.mp4": "remux-1",
    "sideways.mp4": "remux-1",
    "silent.mp4": "remux-1",
    "trimmed.mp4": "transcode-1",
    "odd.mp4": "transcode-1",
    "browser.webm": "transcode-1",
    "hevc.mov": "transcode-1",
    "hdr.mov": "transcode-1",
    "old.3gp": "transcode-1",
}
PHOTOS = ("photo.jpg", "photo.png", "photo.heic")


@dataclass(frozen=True)
class Copy:
    """What the pipeline made of a file of the corpus."""

    facts: Facts
    recipe: str
    path: Path


@pytest.fixture
def make(corpus: Corpus, sandbox: Sandbox, tmp_path: Path) -> Callable[[str], Copy]:
    def made(name: str) -> Copy:
        source = corpus[name]
        facts = examine(sandbox, source, tmp_path, bool)
        recipe = recipe_for(facts)
        out = tmp_path / f"copy.{recipe.suffix}"
        if recipe.way == "still":
            ended = sandbox.run(
                (facts.form, str(out), "4096", "90"), module="workers.normalize.still", source=source,
                folder=tmp_path, limits=film_limits(facts),
            )  # fmt: skip
        else:
            argv = command(FFMPEG, facts, recipe, out)
            ended = sandbox.run(argv, source=source, folder=tmp_path, limits=film_limits(facts))
        assert ended.ok, ended.complaint
        return Copy(facts, recipe.name, out)

    return made


def tells_nothing(path: Path) -> None:
    """No canary among the bytes, none where PyAV or Pillow look for tags."""
    content = path.read_bytes()
    for trace in (CANARY, PLACE, "x264", "Lavf", "2024-05-06", "2024:05:06", "fra"):
        assert trace.encode() not in content.replace(b"Lavc libx264", b""), trace
    if path.suffix == ".jpg":
        with Image.open(path) as image:
            assert not image.getexif()
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        return
    with av.open(str(path)) as container:
        brands = {"major_brand", "minor_version", "compatible_brands"}
        assert set(container.metadata) <= brands
        for stream in container.streams:
            assert stream.type in ("video", "audio")
            assert set(stream.metadata) <= {"language", "handler_name", "vendor_id", "encoder"}
            assert stream.metadata.get("handler_name", "") == ""
            assert stream.metadata.get("language", "und") == "und"


def frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize(("name", "recipe"), FILMS.items())
def test_a_film_becomes_an_mp4_that_plays_and_tells_nothing(
    make: Callable[[str], Copy], name: str, recipe: str
) -> None:
    copy = make(name)
    assert copy.recipe == recipe
    movie.prove_clean(copy.path)
    tells_nothing(copy.path)
    with av.open(str(copy.path)) as container:
        film = container.streams.video[0]
        assert (film.codec_context.name, film.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (film.codec_context.width % 2, film.codec_context.height % 2) == (0, 0)
        assert [s.codec_context.name for s in container.streams.audio] == ["aac"] * (
            copy.facts.sound is not None
        )
        seconds = (container.duration or 0) / av.time_base
    expected = copy.facts.seconds or SECONDS
    assert seconds == pytest.approx(expected, abs=0.1)
    assert len(frames(copy.path)) == pytest.approx(expected * 30, abs=3)


@pytest.mark.parametrize(("name", "shown"), [("trimmed.mp4", 48), ("cut-short.mp4", 3)])
def test_what_an_edit_list_hid_is_gone(
    make: Callable[[str], Copy], corpus: Corpus, name: str, shown: int
) -> None:
    with av.open(str(corpus[name])) as container:
        stored = sum(packet.size > 0 for packet in container.demux(video=0))
    copy = make(name)
    with av.open(str(copy.path)) as container:
        kept = sum(packet.size > 0 for packet in container.demux(video=0))
    assert copy.recipe == "transcode-1"
    assert stored == 90
    assert kept == pytest.approx(shown, abs=2)


def test_a_film_held_sideways_stays_upright(make: Callable[[str], Copy]) -> None:
    copy = make("sideways.mp4")
    assert copy.facts.picture is not None
    assert frames(copy.path)[0].rotation % 360 == copy.facts.picture.rotation == 90


def test_hdr_becomes_plain_bt709(make: Callable[[str], Copy]) -> None:
    copy = make("hdr.mov")
    frame = frames(copy.path)[0]
    assert (int(frame.color_trc), int(frame.color_primaries), int(frame.colorspace)) == (1, 1, 1)
    assert b"mdcv" not in copy.path.read_bytes()


def test_sound_alone_becomes_m4a(make: Callable[[str], Copy]) -> None:
    copy = make("voice.m4a")
    assert copy.recipe == "sound-1"
    movie.prove_clean(copy.path)
    tells_nothing(copy.path)


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_becomes_an_upright_jpeg_that_tells_nothing(make: Callable[[str], Copy], name: str) -> None:
    copy = make(name)
    jpeg.prove_clean(copy.path)
    tells_nothing(copy.path)
    with Image.open(copy.path) as image:
        assert image.size == (300, 400)
        red, _, blue = image.convert("RGB").getpixel((290, 10))  # type: ignore[misc]
        assert (red > 200, blue < 60) == (True, True), "the red corner belongs at the upper right"


@pytest.mark.parametrize("name", ["phone.mp4", "sideways.mp4", "hdr.mov", "old.3gp"])
def test_a_poster_is_upright_small_and_bare(
    corpus: Corpus, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    facts = examine(sandbox, corpus[name], tmp_path, bool)
    assert facts.picture is not None
    out = tmp_path / "poster.jpg"
    argv = poster.command(FFMPEG, facts, facts.picture, out, poster.moment(facts))
    ended = sandbox.run(argv, source=corpus[name], folder=tmp_path, limits=film_limits(facts))
    assert ended.ok, ended.complaint
    jpeg.prove_clean(out)
    tells_nothing(out)
    with Image.open(out) as image:
        turned = facts.picture.rotation in (90, 270)
        wide = (facts.picture.width > facts.picture.height) != turned
        assert (image.width > image.height) == wide
