"""Colours come through as they were meant, whatever the numbers are."""

import pytest
from PIL import Image

from tests.media.copies import Copies
from tests.media.corpus import BECOMES
from workers.strip import jpeg

PHOTOS = [name for name, becomes in BECOMES.items() if becomes.way == "still"]
_GREY_CARD = (0.40, 0.47)
"""18 % of the light, as BT.709's curve (0.41) and sRGB's (0.46) write it."""


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_upright_and_its_corner_red(copies: Copies, name: str) -> None:
    jpeg.prove_clean(copies[name].path)
    with Image.open(copies[name].path) as image:
        shown = image.convert("RGB")
    assert shown.size == BECOMES[name].shown
    if BECOMES[name].corner:
        red, green, blue = shown.getpixel((10, 10))  # type: ignore[misc]
        assert (red > 200, green < 60, blue < 60) == (True, True, True), (
            "the red corner is the upper left one"
        )


@pytest.mark.parametrize("name", ["hdr.mov", "hlg.mov", "dolby-vision.mov"])
def test_a_grey_card_filmed_in_hdr_is_grey_and_as_bright(copies: Copies, name: str) -> None:
    seen = copies.seen(name)
    assert seen.first is not None
    width, height = seen.size
    card = seen.first.getpixel((width * 15 // 16, height * 15 // 16))
    assert isinstance(card, tuple)
    assert max(card) - min(card) <= 4
    assert _GREY_CARD[0] < sum(card) / 3 / 255 < _GREY_CARD[1]
    assert b"mdcv" not in copies[name].path.read_bytes()


@pytest.mark.parametrize(
    "name", ["full-range.mp4", "high10.mp4", "h264-422.mp4", "hevc10.mp4", "recorder.avi"]
)
def test_black_stays_black_and_white_white(copies: Copies, name: str) -> None:
    seen = copies.seen(name)
    assert seen.first is not None
    middle = seen.first.getpixel((seen.size[0] // 2, seen.size[1] // 2))
    assert isinstance(middle, tuple)
    assert max(middle) < 12


@pytest.mark.parametrize("name", ["deep-grey.png", "grey.jpg"])
def test_grey_of_sixteen_bits_is_the_grey_of_eight(copies: Copies, name: str) -> None:
    with Image.open(copies[name].path) as image:
        shades = [image.convert("L").getpixel(place) for place in ((10, 10), (390, 290))]
    assert shades == pytest.approx([76, 29], abs=2)


@pytest.mark.parametrize("name", ["see-through.png", "transparent.gif"])
def test_the_page_behind_is_white(copies: Copies, name: str) -> None:
    picture = Image.open(copies[name].path) if name.endswith("png") else copies.seen(name).first
    assert picture is not None
    shade = picture.convert("L").getpixel((picture.width - 10, picture.height - 10))
    assert isinstance(shade, int)
    assert shade > 245
