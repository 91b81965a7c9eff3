"""Two rows of items of sound: the same stretch in both, or only a hum that both have."""

import random

from evidence.echoes.sound import LEAST_ITEMS, same_sound, telling

SECOND = 8


def sound(seed: int, seconds: int) -> tuple[int, ...]:
    draw = random.Random(seed)
    return tuple(draw.getrandbits(32) for _ in range(SECOND * seconds))


def worn(items: tuple[int, ...], rate: float) -> tuple[int, ...]:
    """The same sound, some of its bits the other way round."""
    draw = random.Random(99)
    return tuple(item ^ sum(1 << bit for bit in range(32) if draw.random() < rate) for item in items)


def test_a_copy_is_told_with_its_length() -> None:
    found = same_sound(worn(sound(1, 20), 0.05), sound(1, 20))
    assert found
    assert 20_000 < found.length_ms < 24_000
    assert 0.03 < found.wrong < 0.07


def test_a_stretch_is_found_wherever_it_stands_in_either() -> None:
    shared = sound(1, 8)
    found = same_sound(sound(2, 10) + shared, sound(3, 25) + worn(shared, 0.03) + sound(4, 5))
    assert found
    assert abs(found.ours_at_ms - 9_904) < 2_000
    assert abs(found.theirs_at_ms - 24_760) < 2_000
    assert 9_000 < found.length_ms < 14_000


def test_other_sound_is_nothing() -> None:
    assert same_sound(sound(1, 60), sound(2, 60)) is None
    assert same_sound((), sound(2, 60)) is None
    assert same_sound(worn(sound(1, 60), 0.3), sound(1, 60)) is None
    assert same_sound(sound(1, 60)[: LEAST_ITEMS - 1], sound(1, 60)) is None


def test_a_hum_that_both_have_is_nothing() -> None:
    hum = (627964279,) * 200
    assert telling(hum) == []
    assert same_sound(hum, hum) is None
    beeps = tuple(random.Random(5).choice([1 << 5, 1 << 9, 1 << 20]) for _ in range(200))
    assert same_sound(beeps, beeps) is None
