"""Opening a tip: the one way, whichever page or form it came through."""

from datetime import UTC, datetime

from evidence.db.connect import Connection, Pool
from evidence.errors import Invalid
from evidence.thread import TipText
from evidence.tips import door
from evidence.tips.door import OpenedTip
from intake.database import statement
from intake.settings import IntakeSettings

DEFAULT_LANGUAGE = "en"


def open_tip(pool: Pool, settings: IntakeSettings, text: TipText, language: str) -> OpenedTip:
    """Open a tip in a transaction of its own; uploads may follow with the token it answers.

    What was written is sealed before it leaves this process. Raises `DatabaseAway`.
    """
    with statement(pool) as conn:
        return open_tip_in(conn, settings, text, language)


def open_tip_in(conn: Connection, settings: IntakeSettings, text: TipText, language: str) -> OpenedTip:
    """Open a tip in the caller's transaction."""
    if not (language.isascii() and language.isalpha() and 2 <= len(language) <= 3):
        raise Invalid("The language must be a code such as en or es.", code="language")
    return door.open_tip(
        conn,
        text,
        channel="web",
        language=language,
        agency_public_key=settings.agency_public_key,
        uploads_until=datetime.now(UTC) + settings.upload_lifetime,
    )
