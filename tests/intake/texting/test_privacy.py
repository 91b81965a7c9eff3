"""What the citizens' page says of texts follows from the settings in force."""

import httpx

from tests.intake.conftest import NewIntake


def test_who_sees_a_text_and_how_long_a_number_is_kept_is_said_where_texts_are_taken(
    new_intake: NewIntake,
) -> None:
    settings = {"TIPLINE_SMS_NUMBER_DAYS": "30", "TIPLINE_SMS_RECORD_DAYS": "12"}
    with new_intake(TIPLINE_TWILIO_NUMBER="+16015550100", **settings) as intake:
        page = httpx.get(f"{intake.url}/privacy").text
    assert "+16015550100" in page
    assert "Twilio" in page
    assert "sealed for 30 days" in page
    assert "noted for 12 days" in page
    assert "What stays is a code" in page, "STOP is remembered"


def test_where_none_are_taken_nothing_is_said(new_intake: NewIntake) -> None:
    with new_intake() as intake:
        assert "Twilio" not in httpx.get(f"{intake.url}/privacy").text
