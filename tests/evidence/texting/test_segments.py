"""What a text costs, at the edges of its segments."""

import pytest

from evidence.texting.segments import segments


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ñ" * 160, 1),
        ("ó" * 70, 1),  # no letter of GSM's alphabet
        ("ó" * 71, 2),
        ("\N{POLICE CAR}" * 35, 1),
        ("\N{POLICE CAR}" * 36, 2),
    ],
)
def test_segments(text: str, number: int) -> None:
    assert segments(text) == number
