"""From grey frames to fingerprints: what is kept, what is left out, what a mirror does."""

import random

from PIL import Image

from workers.prints.cosine import MIRROR, SIDE, mirrored, signs, transform
from workers.prints.grey import FRAME_BYTES, Frame, fingerprints, inner
from workers.prints.recipe import GRID


def scene(seed: int, bar: int = 0) -> Image.Image:
    """Soft blots of light, different for each seed, perhaps between bars above and below."""
    coarse = Image.frombytes("L", (16, 16), random.Random(seed).randbytes(256))
    whole = coarse.resize((GRID, GRID - 2 * bar), Image.Resampling.BICUBIC)
    picture = Image.new("L", (GRID, GRID))
    picture.paste(whole, (0, bar))
    return picture


def film(*pictures: Image.Image) -> list[Frame]:
    return [Frame(250 * at, picture.tobytes()) for at, picture in enumerate(pictures)]


def one(picture: Image.Image) -> int:
    (found,) = fingerprints(film(picture), 250)
    return found.bits


def apart(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def test_the_mirror_image_has_the_mirrored_print() -> None:
    picture = scene(1)
    flipped = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert apart(mirrored(one(picture)), one(flipped)) == 0
    assert apart(one(picture), one(flipped)) > 64
    assert MIRROR.bit_count() == 128


def test_prints_of_unlike_pictures_are_half_unlike() -> None:
    distances = [apart(one(scene(a)), one(scene(b))) for a in range(8) for b in range(8, 16)]
    assert min(distances) > 90
    assert 115 < sum(distances) / len(distances) < 141


def test_a_brighter_picture_has_the_same_print() -> None:
    picture = scene(2)
    assert apart(one(picture), one(picture.point(lambda level: 20 + level // 2))) <= 4


def test_bars_on_both_sides_are_taken_off_and_a_night_sky_is_not() -> None:
    assert inner([scene(3, bar=20)]) == (0, 21, GRID, GRID - 21)
    assert apart(one(scene(3)), one(scene(3, bar=20))) <= 20
    assert inner([scene(3)]) == (0, 0, GRID, GRID)
    night = scene(3)
    night.paste(0, (0, 0, GRID, 30))
    assert inner([night]) == (0, 0, GRID, GRID)
    assert inner([Image.new("L", (GRID, GRID))]) == (0, 0, GRID, GRID)


def test_bars_that_show_a_word_once_are_no_bars() -> None:
    told = scene(3, bar=20)
    told.paste(200, (30, 5, 90, 12))
    assert inner([scene(3, bar=20), told]) == (0, 0, GRID, GRID)


def test_what_shows_nothing_has_no_print() -> None:
    black, grey = (Image.new("L", (GRID, GRID), level) for level in (0, 130))
    slope = Image.linear_gradient("L").resize((GRID, GRID))
    assert fingerprints(film(black, grey, slope), 250) == ()
    assert fingerprints([], 250) == ()


def test_what_stands_still_is_told_once_and_for_how_long() -> None:
    black = Image.new("L", (GRID, GRID))
    found = fingerprints(film(scene(4), scene(4), scene(4), scene(5), black, scene(5)), 250)
    assert [(p.at_ms, p.until_ms) for p in found] == [(0, 750), (750, 1000), (1250, 1500)]
    assert [p.bits for p in found] == [one(scene(4)), one(scene(5)), one(scene(5))]


def test_a_photo_is_one_print_without_a_time() -> None:
    (found,) = fingerprints([Frame(0, scene(6).tobytes())], 0)
    assert (found.at_ms, found.until_ms, len(scene(6).tobytes())) == (0, 0, FRAME_BYTES)
    assert found.bits == signs(transform(scene(6).resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()))
