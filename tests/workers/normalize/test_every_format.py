"""Every file of the corpus becomes what its family says: a copy that is right, or a refusal with a reason."""

import pytest

from tests.media.copies import Copies
from tests.media.corpus import BECOMES
from workers.inspect.refusals import SENTENCES

STILLS = [name for name, becomes in BECOMES.items() if becomes.way == "still"]
FILMS = [name for name, becomes in BECOMES.items() if becomes.way in ("remux", "transcode")]
HEARD = [name for name in BECOMES if BECOMES[name].beeps and BECOMES[name].flash is not None]
HEARD = [name for name in HEARD if BECOMES[name].way in ("remux", "transcode", "sound")]
IN_SYNC_SECONDS = 0.040
RIGHT_LENGTH_SECONDS = 0.1


@pytest.mark.parametrize("name", BECOMES)
def test_each_goes_its_way_and_what_is_left_out_is_named(copies: Copies, name: str) -> None:
    becomes, copy = BECOMES[name], copies[name]
    assert copy.refused == becomes.refused, copy.complaint
    if becomes.refused:
        assert becomes.refused in SENTENCES
        return
    assert copy.recipe is not None
    assert copy.facts is not None
    assert copy.recipe.way == becomes.way
    assert copy.facts.left_out == becomes.left_out
    assert copy.facts.cut_off == becomes.cut_off


@pytest.mark.parametrize("name", [n for n in BECOMES if BECOMES[n].way in ("remux", "transcode", "sound")])
def test_it_lasts_as_long_as_what_was_recorded(copies: Copies, name: str) -> None:
    seen, facts = copies.seen(name), copies[name].facts
    assert facts is not None
    assert seen.seconds == pytest.approx(BECOMES[name].seconds, abs=RIGHT_LENGTH_SECONDS)
    assert facts.seconds == pytest.approx(BECOMES[name].seconds, abs=RIGHT_LENGTH_SECONDS)


@pytest.mark.parametrize("name", FILMS)
def test_a_film_stands_upright_in_its_true_shape(copies: Copies, name: str) -> None:
    seen = copies.seen(name)
    assert seen.size == BECOMES[name].shown
    assert seen.codecs == ("video:h264",) + ("audio:aac",) * (len(seen.codecs) - 1)
    if BECOMES[name].corner:
        assert seen.first is not None
        red, green, blue = seen.first.getpixel((seen.size[0] // 16, seen.size[1] // 16))  # type: ignore[misc]
        assert (red > 170, green < 90, blue < 90) == (True, True, True), (
            "the red corner is the upper left one"
        )


@pytest.mark.parametrize("name", [n for n in FILMS if BECOMES[n].flash is not None])
def test_each_picture_is_shown_at_its_moment(copies: Copies, name: str) -> None:
    assert copies.seen(name).flash == pytest.approx(BECOMES[name].flash, abs=IN_SYNC_SECONDS)


@pytest.mark.parametrize("name", HEARD)
def test_it_is_heard_when_it_is_seen(copies: Copies, name: str) -> None:
    seen = copies.seen(name)
    assert seen.beep == pytest.approx(BECOMES[name].flash, abs=IN_SYNC_SECONDS)
    if seen.flash is not None:
        assert seen.beep == pytest.approx(seen.flash, abs=IN_SYNC_SECONDS)


def test_frames_at_no_steady_pace_are_all_there_and_no_more(copies: Copies) -> None:
    assert copies.seen("uneven.mov").pictures == copies.seen("uneven.mp4").pictures == 31
    assert copies.seen("slow-motion.mp4").pictures == 360
    assert copies.seen("interlaced.mp4").pictures == 45


@pytest.mark.parametrize(
    ("name", "shown"), [("trimmed.mp4", 72), ("cut-short.mp4", 3), ("several-edits.mp4", 27)]
)
def test_what_an_edit_list_hid_is_gone(copies: Copies, name: str, shown: int) -> None:
    assert copies.seen(name).pictures == pytest.approx(shown, abs=1)
