"""A photo's size is told as a person sees it, however its camera was held."""

import struct
from pathlib import Path

import pytest
from PIL import Image

from tests.media.corpus import Corpus
from workers.inspect.look import look
from workers.inspect.opened import UnwantedError


@pytest.mark.parametrize(
    "name",
    [*(f"orientation-{number}.jpg" for number in range(1, 9)), "photo.jpg", "photo.png", "photo.heic",
     "photo.avif"],
)  # fmt: skip
def test_a_photo_is_as_wide_and_high_as_it_is_shown(corpus: Corpus, name: str) -> None:
    with corpus[name].open("rb") as file:
        picture = look(file).picture
    assert picture
    size = (picture.width, picture.height)
    shown = size[::-1] if picture.rotation in (90, 270) else size
    assert shown == ((300, 400) if name.startswith("photo") else (400, 300))


def test_a_tiff_of_which_one_picture_has_no_size_is_damaged(tmp_path: Path) -> None:
    pictures, path = [Image.new("RGB", (8, 8)) for _ in range(2)], tmp_path / "two.tiff"
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    content = bytearray(path.read_bytes())
    width = struct.pack("<HH", 256, 4)  # ImageWidth, LONG: TIFF 6.0, section 4
    last = max(content.rfind(width), content.rfind(struct.pack("<HH", 256, 3)))
    content[last : last + 2] = struct.pack("<H", 300)
    path.write_bytes(content)
    with path.open("rb") as file, pytest.raises(UnwantedError) as unwanted:
        look(file)
    assert unwanted.value.code == "damaged"
