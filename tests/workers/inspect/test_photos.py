"""A photo's size is told as a person sees it, however its camera was held."""

import pytest

from tests.media.corpus import Corpus
from workers.inspect.look import look


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
