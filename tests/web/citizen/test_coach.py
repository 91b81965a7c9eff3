"""Whoever is about to send a messenger's copy is asked for the original, and may send what they have."""

import pytest
from playwright.sync_api import expect

from tests.intake.conftest import Intake
from tests.web.citizen.conftest import NewFile, Phone


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("VID-20261104-WA0003.mp4", "messaging app"),
        ("WhatsApp Video 2026-11-04 at 21.03.11.mp4", "messaging app"),
        ("signal-2026-11-04-210311.mp4", "messaging app"),
        ("RPReplay_Final1762291391.mov", "of a screen"),
        ("Screenshot_20261104_210311.png", "of a screen"),
        ("IMG_2041.MOV", ""),
        ("PXL_20261104_210311.mp4", ""),
        ("20261104_210311.mp4", ""),
    ],
)
def test_the_original_is_asked_for(
    erin: Phone, door: Intake, new_file: NewFile, name: str, says: str
) -> None:
    erin.visit(door)
    erin.choose(new_file(name, 1000))
    coach = erin.page.locator(".chosen .coach")
    assert coach.is_visible() == bool(says)
    assert says in (coach.text_content() or "")


def test_the_copy_is_taken_all_the_same(erin: Phone, door: Intake, new_file: NewFile) -> None:
    erin.visit(door)
    erin.choose(new_file("VID-20261104-WA0003.mp4", 1000))
    erin.send()
    expect(erin.page.locator("#sending-title")).to_contain_text("Everything has arrived")
