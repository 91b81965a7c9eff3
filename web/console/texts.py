"""How far a message is by text, in the words of a colleague."""

from collections.abc import Mapping

_STANDING: Mapping[str, str] = {
    "queued": "Text waits to be sent",
    "sent": "Text sent",
    "delivered": "Text delivered",
    "failed": "Text not delivered",
    "stopped": "Not texted: they said STOP. It waits under their nine words",
}
_REASONS: Mapping[str, str] = {
    "quiet_hours": "it goes out in the morning",
    "number_gone": "their number was deleted in time",
    "another_key": "the key to their number is lost; it goes out once they text again",
    "country": "texts to their country are not allowed here",
    "carrier_away": "the carrier is out of reach; it is tried again",
    "carrier_30003": "the phone is off or out of reach",
    "carrier_30005": "the number does not exist",
    "carrier_30006": "the number takes no texts",
    "carrier_30007": "the carrier's filter stopped it",
    "carrier_30034": "our number is not registered with the carriers",
}


def text_words(state: str, reason: str | None) -> str:
    """Return what staff read of a text's state (`evidence.texting.Progress`)."""
    said = _STANDING[state]
    if reason is None or state == "stopped":
        return said
    why = _REASONS.get(reason, reason.replace("carrier_", "the carrier answered with code "))
    if state == "queued" and reason.startswith("carrier_3"):
        return f"Text not delivered yet: {why}; it is sent again"
    return f"{said}: {why}"
