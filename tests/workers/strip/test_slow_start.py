"""A camera that started slowly: its copy begins late by its own clock, and hides nothing by that."""

import struct
from pathlib import Path

import pytest

from tests.media.making import FFMPEG, ffmpeg
from tests.workers.strip.conftest import Judge
from tests.workers.strip.surgery import find, swap
from workers.inspect.examine import examine
from workers.normalize.make import film_limits
from workers.normalize.recipe import command, recipe_for
from workers.sandbox.launch import Sandbox
from workers.strip import movie

EDIT = "moov/trak/edts/elst"


@pytest.fixture(scope="module")
def copy(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of a part of a broadcast whose second picture came 0.8 s after the first."""
    folder = tmp_path_factory.mktemp("slow")
    source, out = folder / "part.webm", folder / "copy.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=160x120:r=15:d=3", "-vf", "setpts='PTS+gt(N,0)*0.8/TB'",
        "-fps_mode", "vfr", "-c:v", "libvpx", str(source),
    )  # fmt: skip
    facts = examine(sandbox, source, folder, bool)
    argv = command(FFMPEG, facts, recipe_for(facts), out)
    assert sandbox.run(argv, source=source, folder=folder, limits=film_limits(facts)).ok
    return out.read_bytes()


def edit(content: bytes) -> tuple[int, int]:
    """How long the film's one edit is, and when it begins, each by its own clock."""
    length, time = struct.unpack_from(">II", content, find(content, EDIT).start + 8)
    return length, time


def test_pictures_that_lie_far_apart_at_the_beginning_are_no_hidden_footage(
    copy: bytes, tmp_path: Path
) -> None:
    _, time = edit(copy)
    assert time > 45_000, "half a second, by which the first picture waits for others"
    path = tmp_path / "copy.mp4"
    path.write_bytes(copy)
    movie.prove_clean(path)


@pytest.mark.parametrize(("at", "by"), [(8, -90_000), (12, 90_000)], ids=["the end", "the beginning"])
def test_an_edit_that_hides_a_second_of_it_is_found(copy: bytes, judge: Judge, at: int, by: int) -> None:
    length, time = edit(copy)
    changed = length + by if at == 8 else time + by
    assert judge.refuses(movie.prove_clean, swap(copy, EDIT, at, struct.pack(">I", changed)))
