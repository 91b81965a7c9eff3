"""Two rows of pictures: the same in the same order, or only alike by chance."""

import random

from evidence.echoes import PicturePrint
from evidence.echoes.pictures import LONG_MS, NEAR_BITS, same_pictures

STEP = 250


def film(seed: int, pictures: int, start: int = 0) -> list[PicturePrint]:
    draw = random.Random(seed)
    bits = [draw.getrandbits(256) for _ in range(pictures)]
    return [PicturePrint(start + STEP * at, start + STEP * (at + 1), b) for at, b in enumerate(bits)]


def worn(prints: list[PicturePrint], flipped: int, seed: int = 99) -> list[PicturePrint]:
    """The same pictures, some bits of each the other way round."""
    draw = random.Random(seed)
    return [
        PicturePrint(p.at_ms, p.until_ms, p.bits ^ sum(1 << bit for bit in draw.sample(range(256), flipped)))
        for p in prints
    ]


def moved(prints: list[PicturePrint], by: int) -> list[PicturePrint]:
    return [PicturePrint(p.at_ms + by, p.until_ms + by, p.bits) for p in prints]


def test_a_copy_is_told_with_its_length_and_distance() -> None:
    found = same_pictures(worn(film(1, 40), 50), film(1, 40))
    assert found
    assert (found.length_ms, found.distance, found.share) == (10_000, 50, 1)


def test_what_is_too_far_apart_is_nothing() -> None:
    assert same_pictures(worn(film(1, 40), NEAR_BITS + 1), film(1, 40)) is None
    assert same_pictures(film(1, 200), film(2, 200)) is None
    assert same_pictures([], film(1, 4)) is None


def test_a_piece_cut_out_is_found_with_its_place() -> None:
    whole = film(1, 400)
    found = same_pictures(moved(whole[100:120], -25_000), whole)
    assert found
    assert (found.length_ms, found.share, found.ours_at_ms, found.theirs_at_ms) == (5_000, 1, 0, 25_000)


def test_a_long_common_row_counts_between_films_that_share_nothing_else() -> None:
    shared = film(1, LONG_MS // STEP)
    ours = film(2, 60) + moved(shared, 15_000) + film(3, 60, 20_000)
    theirs = film(4, 90) + moved(shared, 22_500) + film(5, 90, 27_500)
    found = same_pictures(ours, theirs)
    assert found
    assert found.length_ms == LONG_MS
    assert found.share < 0.5
    fewer = shared[:-1]
    assert same_pictures(film(2, 60) + moved(fewer, 15_000), film(4, 90) + moved(fewer, 22_500)) is None


def test_the_same_pictures_in_another_order_are_another_film() -> None:
    forwards = film(1, 40)
    backwards = [
        PicturePrint(p.at_ms, p.until_ms, q.bits) for p, q in zip(forwards, forwards[::-1], strict=True)
    ]
    assert same_pictures(backwards, forwards) is None


def test_a_copy_that_runs_faster_is_found() -> None:
    slow = film(1, 60)
    fast = [PicturePrint(STEP * at, STEP * (at + 1), p.bits) for at, p in enumerate(slow[::2])]
    found = same_pictures(fast, slow)
    assert found
    assert found.length_ms == 7_500


def test_one_picture_for_a_moment_is_no_film() -> None:
    """A title that two films both show."""
    title = film(9, 3)
    assert same_pictures(title + film(1, 60, 750), title + film(2, 60, 750)) is None


def test_a_standing_picture_must_be_nearer() -> None:
    still = [PicturePrint(0, 20_000, random.Random(1).getrandbits(256))]
    assert same_pictures(worn(still, 30), still)
    assert same_pictures(worn(still, 55), still) is None


def test_a_photo_is_a_picture_of_a_film_or_it_is_not() -> None:
    whole = film(1, 40)
    photo = [PicturePrint(0, 0, whole[12].bits)]
    found = same_pictures(worn(photo, 20), whole)
    assert found
    assert (found.length_ms, found.theirs_at_ms) == (0, 3_000)
    assert same_pictures(worn(photo, 50), whole) is None


def test_films_of_hours_are_compared_in_fewer_pictures() -> None:
    whole = film(1, 1200)
    found = same_pictures(worn(whole, 40), whole)
    assert found
    assert (found.length_ms, found.share) == (300_000, 1)
