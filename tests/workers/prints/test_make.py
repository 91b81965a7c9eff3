"""What comes out of the sandbox is believed only in the size and shape that was asked for."""

from array import array
from pathlib import Path

import pytest

from tests.media.corpus import BECOMES, Corpus
from tests.workers.prints.conftest import Desk
from workers.inspect.examine import ToolFailedError
from workers.prints import recipe
from workers.prints.grey import FRAME_BYTES
from workers.prints.make import read_frames, read_notes


def test_frames_come_with_their_times(tmp_path: Path) -> None:
    out = tmp_path / "grey"
    out.write_bytes(b"\1" * FRAME_BYTES + b"\2" * FRAME_BYTES)
    assert [(f.at_ms, f.pixels[0], len(f.pixels)) for f in read_frames(out, "0\n0.266667\n")] == [
        (0, 1, FRAME_BYTES),
        (267, 2, FRAME_BYTES),
    ]
    assert read_frames(tmp_path / "none", "") == []


@pytest.mark.parametrize(
    ("size", "times"),
    [
        (FRAME_BYTES - 1, "0\n"),
        (FRAME_BYTES, ""),
        (FRAME_BYTES, "0\n1\n"),
        (FRAME_BYTES, "nan\n"),
        (FRAME_BYTES, "inf\n"),
        (FRAME_BYTES, "-1\n"),
        (FRAME_BYTES, "1e300\n"),
        (FRAME_BYTES, "DROP TABLE\n"),
        (2 * FRAME_BYTES, "1\n0\n"),
        ((recipe.MOST_FRAMES + 1) * FRAME_BYTES, "0\n" * (recipe.MOST_FRAMES + 1)),
    ],
)
def test_frames_of_another_size_number_or_time_are_nonsense(tmp_path: Path, size: int, times: str) -> None:
    out = tmp_path / "grey"
    out.write_bytes(bytes(size))
    with pytest.raises(ToolFailedError):
        read_frames(out, times)


def test_sound_comes_in_whole_items(tmp_path: Path) -> None:
    out = tmp_path / "notes"
    out.write_bytes(array("I", [1, 0xFFFFFFFF]).tobytes())
    assert read_notes(out) == (1, 0xFFFFFFFF)
    out.write_bytes(bytes(5))
    with pytest.raises(ToolFailedError):
        read_notes(out)
    out.write_bytes(bytes(1 << 20))
    with pytest.raises(ToolFailedError):
        read_notes(out)


def test_a_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(FRAME_BYTES))
    (tmp_path / "grey").symlink_to(tmp_path / "secret")
    with pytest.raises(ToolFailedError):
        read_frames(tmp_path / "grey", "0\n")


def test_every_kind_of_media_gives_what_it_has(desk: Desk, corpus: Corpus) -> None:
    """Upright or not, HDR or not, silent or not; two frames that are days apart; too short for sound."""
    films = (
        *("phone.mp4", "sideways.mp4", "hdr.mov", "old.3gp", "interlaced.mp4", "crooked.mp4", "mirrored.mp4"),
        *("anamorphic.mp4", "wide.webm", "turned-by-its-coding.mp4"),
    )
    others = ("endless.mp4", "voice.m4a", "photo.jpg", "photo.heic", "see-through.png")
    found = {name: desk.survey(corpus[name]) for name in (*films, *others)}
    pictures = {name: desk.count("picture_print", media_id) for name, media_id in found.items()}
    # A moment that stands still is told once, so there may be fewer than four a second.
    off = {
        n: pictures[n]
        for n in films
        if not 2 * BECOMES[n].seconds <= pictures[n] <= 4 * BECOMES[n].seconds + 1
    }
    assert off == {}
    assert {name: pictures[name] for name in others} == {
        "endless.mp4": 1, "voice.m4a": 0, "photo.jpg": 1, "photo.heic": 1, "see-through.png": 1,
    }  # fmt: skip
    assert {desk.count("sound_print", media_id) for name, media_id in found.items() if "photo" in name} == {0}
    assert (desk.count("sound_print", found["phone.mp4"]), desk.count("sound_print", found["voice.m4a"])) == (
        1,
        0,
    )
