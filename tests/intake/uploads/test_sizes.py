import pytest

from intake.uploads import sizes


@pytest.mark.parametrize(
    ("size", "words"), [(20_000_000_000, "20 GB"), (1_500_000, "1.5 MB"), (999, "999 bytes")]
)
def test_sizes_are_written_as_people_read_them(size: int, words: str) -> None:
    assert sizes.in_words(size) == words
