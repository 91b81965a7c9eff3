"""A filled form becomes a tip: with all its files, in one transaction."""

from evidence.errors import Invalid
from evidence.tips.door import AlreadyOpen
from intake.database import statement, transaction
from intake.door import Door
from intake.form.filled import FilledForm
from intake.repeats import RepeatKey
from intake.tips import keys_for, open_tip_in, require_recent


def open_filled(door: Door, form: FilledForm) -> tuple[str, bool]:
    """Open the tip with all its files; return the receipt's words.

    And say whether the same form came before: its files are there already, and these are too many. Raises
    `Invalid` (`empty_tip`).
    """
    if form.text.empty and not form.files:
        raise Invalid("Write what you saw, or add a file.", code="empty_tip")
    repeat_key = RepeatKey.read(form.fields.get("key"), door.settings.database_url)
    keys = keys_for(repeat_key, form.text, form.language, [file.told_apart for file in form.files])
    try:
        with transaction(door.pool) as conn:
            open_tip_in(conn, door.settings, form.text, form.language, keys)
            form.hand_in(conn, token=keys.token, max_files=door.settings.max_files_per_tip)
    except AlreadyOpen:
        with statement(door.pool) as conn:
            require_recent(conn, door.settings, keys)
        return keys.receipt.words, True
    return keys.receipt.words, False
