"""A grade says what a file looks like; the most telling clue decides."""

import pytest

from evidence.traces.grade import clues_in_name, grade_of
from evidence.traces.kinds import Clue, Grade


@pytest.mark.parametrize(
    ("clues", "grade"),
    [
        ([], "unknown"),
        (["no_tags"], "unknown"),
        (["camera"], "original"),
        (["camera", "editor"], "re-encoded"),
        (["whatsapp", "no_tags"], "re-encoded"),
        (["messenger_size", "no_tags"], "re-encoded"),
        (["camera", "screen_recorder", "ffmpeg"], "screen recording"),
    ],
)
def test_the_most_telling_clue_decides(clues: list[Clue], grade: Grade) -> None:
    assert grade_of(clues) == grade


@pytest.mark.parametrize(
    ("name", "clue"),
    [
        ("IMG-20260506-WA0012.jpg", "messenger_name"),
        ("VID-20260506-WA0003.mp4", "messenger_name"),
        ("WhatsApp Video 2026-05-06 at 07.08.09.mp4", "messenger_name"),
        ("signal-2026-05-06-07-08-09-123.mp4", "messenger_name"),
        ("video_2026-05-06_07-08-09.mp4", "messenger_name"),
        ("received_123456789012.mp4", "messenger_name"),
        ("ScreenRecording_05-06-2026 07-08-09_1.mov", "recorder_name"),
        ("Screen_Recording_20260506-070809.mp4", "recorder_name"),
        ("RPReplay_Final1715000000.MP4", "recorder_name"),
        ("Screenshot_20260506.png", "recorder_name"),
        ("IMG_2041.MOV", None),
        ("PXL_20260506_070809.mp4", None),
        ("20260506_070809.mp4", None),
        ("signal on the corner.mp4", None),
    ],
)
def test_a_name_may_give_a_messenger_away(name: str, clue: str | None) -> None:
    assert clues_in_name(name) == ({clue} if clue else set())
