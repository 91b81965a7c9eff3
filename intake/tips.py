"""Opening a tip: the one way, whichever page or form it came through."""

from collections.abc import Sequence
from datetime import UTC, datetime

from evidence.db.connect import Connection, Pool
from evidence.errors import Conflict, Invalid
from evidence.thread import TipText
from evidence.tips import door
from evidence.tips.door import AlreadyOpen, TipKeys
from intake.database import statement
from intake.metrics import TIPS
from intake.repeats import RepeatKey
from intake.settings import IntakeSettings

DEFAULT_LANGUAGE = "en"


def keys_for(
    repeat_key: RepeatKey | None, text: TipText, language: str, with_files: Sequence[bytes] = ()
) -> TipKeys:
    """Return the keys of a new tip; where `repeat_key` asked for the very same before, they are that tip's.

    `with_files` tells a form with these files from one with others.
    """
    if repeat_key is None:
        return TipKeys.new()
    return TipKeys.from_seed(repeat_key.seed("tip", text.to_bytes(), language.encode(), *with_files))


def open_tip(
    pool: Pool, settings: IntakeSettings, text: TipText, language: str, repeat_key: RepeatKey | None = None
) -> TipKeys:
    """Open a tip in a transaction of its own, or find it; uploads may follow with the token it answers.

    What was written is sealed before it leaves this process. Raises `DatabaseAway`, or as `require_recent`.
    """
    keys = keys_for(repeat_key, text, language)
    with statement(pool) as conn:
        try:
            open_tip_in(conn, settings, text, language, keys)
        except AlreadyOpen:
            require_recent(conn, settings, keys)
    return keys


def open_tip_in(
    conn: Connection, settings: IntakeSettings, text: TipText, language: str, keys: TipKeys
) -> None:
    """Open a tip in the caller's transaction; raises `AlreadyOpen` where the very same was asked before."""
    if not (language.isascii() and language.isalpha() and 2 <= len(language) <= 3):
        raise Invalid("The language must be a code such as en or es.", code="language")
    door.open_tip(
        conn,
        text,
        channel="web",
        language=language,
        agency_public_key=settings.agency_public_key,
        uploads_until=datetime.now(UTC) + settings.upload_lifetime,
        keys=keys,
    )
    TIPS.inc()


def require_recent(conn: Connection, settings: IntakeSettings, keys: TipKeys) -> None:
    """Raise `Conflict` (`repeated_too_late`) where the tip that is open already takes no more uploads.

    So a key that somebody finds later leads to no receipt.
    """
    found = door.mailbox(conn, keys.receipt.lookup)
    if found is None or found.received_at + settings.upload_lifetime <= datetime.now(UTC):
        raise Conflict("This tip was opened long ago; its words are shown no more.", code="repeated_too_late")
