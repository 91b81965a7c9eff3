"""The same job run again gives the same bytes: a court's expert can repeat every copy."""

import pytest

from tests.media.copies import Copies

NAMES = (
    "phone.mp4", "sideways.mp4", "hevc10.mp4", "hdr.mov", "interlaced.mp4", "uneven.mov", "crooked.mp4",
    "live.webm", "gap-in-sound.webm", "animated.gif", "animated.webp", "camcorder.mts", "surround.mp4",
    "voice.mp3", "note.opus", "photo.heic", "photo.avif", "cmyk.jpg", "wide-gamut.jpg", "deep-grey.png",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_same_job_gives_the_same_bytes(copies: Copies, name: str) -> None:
    assert copies.again(name).path.read_bytes() == copies[name].path.read_bytes()
