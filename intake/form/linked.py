"""A form that brings the original of what was texted, for whoever has the link that the answer held."""

from flask import Flask

from evidence.errors import EvidenceError, Invalid
from evidence.media.door import linked_already
from evidence.tips.link import UploadLink
from intake.database import transaction
from intake.door import Door
from intake.form.endpoint import Purpose
from intake.form.filled import FilledForm
from intake.pages.link import render_arrived

# What the database says of a link that binds nothing more: what a person can do about it is the same.
_USED = frozenset({"too_many_files", "unknown_tip"})


def add_linked(door: Door, form: FilledForm) -> tuple[str, bool]:
    """Add the files to the link's tip, all or none; return the link, and whether they were there before.

    Raises `Invalid` (`no_file`), `NotFound` (`unknown_link`, `unknown_tip`) or `TooMany` (`too_many_files`).
    """
    link = UploadLink.from_text(form.fields.get("link", ""))
    if not form.files:
        raise Invalid("Choose a file.", code="no_file")
    with transaction(door.pool) as conn:
        # The answer was lost, and the same form comes again.
        if linked_already(conn, link.token, [file.leaves_sha256 for file in form.files]):
            return link.code, True
        form.hand_in(conn, token=link.token, max_files=door.settings.max_files_per_tip)
    return link.code, False


def _refuse(pages: Flask, _: FilledForm, refusal: EvidenceError) -> object:
    if refusal.code in _USED:
        refusal = type(refusal)(refusal.sentence, code="link_used")
    return pages.handle_user_exception(refusal)


LINKED = Purpose(add_linked, lambda pages, form, code: render_arrived(pages, form.language, code), _refuse)
