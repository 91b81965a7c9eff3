"""What the database's live functions refuse, as codes and sentences."""

from contextlib import AbstractContextManager

from evidence.db.refused import Refusals, translated
from evidence.errors import Forbidden, Gone, NotFound, TooMany, Unavailable


class LiveFull(Unavailable):
    """As many broadcasts run as may."""

    default_code = "live_full"
    retry_after = 60

    def __init__(self) -> None:
        super().__init__(
            "Too many people are live right now. Record a clip and send it instead, or try again in a minute."
        )


class LiveClosed(Gone):
    """The broadcast is over for good: not a byte more is taken."""

    default_code = "live_closed"

    def __init__(self) -> None:
        super().__init__("This broadcast is closed. Everything that arrived until then is kept.")


def unknown_session() -> NotFound:
    """Return the refusal of a token that opens no broadcast."""
    return NotFound("There is no such broadcast.", code="unknown_live")


def refusals() -> AbstractContextManager[None]:
    """Translate what the database refuses."""
    return translated(_REFUSALS)


_REFUSALS: Refusals = {
    "TL001": lambda: NotFound("There is no such tip, or it takes nothing more.", code="unknown_tip"),
    "TL020": LiveFull,
    "TL021": lambda: Gone(
        "This link was used, or is too old. Ask for a new one, or send a clip from the start page.",
        code="link_used",
    ),
    "TL022": lambda: Forbidden(
        "The camera's owner has given no consent that covers this moment.", code="consent_not_given"
    ),
    "TL023": unknown_session,
    "TL024": LiveClosed,
    "TL025": lambda: TooMany("This broadcast takes no more of them.", code="live_too_many"),
}
