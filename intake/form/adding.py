"""A form that brings more files to a tip that is there, for whoever has its words."""

from datetime import UTC, datetime

from flask import Flask, g
from psycopg.errors import UniqueViolation

from evidence.errors import EvidenceError, Invalid
from evidence.tips.door import TOKEN_BYTES, admit_with_words
from intake.database import transaction
from intake.door import Door
from intake.form.endpoint import Purpose
from intake.form.filled import FilledForm
from intake.pages.returning import ADVICE, UnknownWords
from intake.pages.visit import Visits
from intake.repeats import RepeatKey


def add_filled(door: Door, form: FilledForm) -> tuple[str, bool]:
    """Add the files to the tip whose visit the form carries; return the visit, and whether it came before.

    Raises `Invalid` (`no_file`), `UnknownWords`, or what opening an upload does.
    """
    settings, carried = door.settings, form.fields.get("visit", "")
    who = Visits.of(settings.database_url).read(carried)
    if not form.files:
        raise Invalid("Choose a file.", code="no_file")
    repeat_key = RepeatKey.read(form.fields.get("key"), settings.database_url) or RepeatKey.drawn()
    # The same form has the same pass, and the database takes that once.
    told_apart = [file.told_apart for file in form.files]
    token = repeat_key.seed("more", who.receipt.lookup_sha256, *told_apart)[:TOKEN_BYTES]
    try:
        with transaction(door.pool) as conn:
            until = datetime.now(UTC) + settings.upload_lifetime
            if not admit_with_words(conn, who.receipt, token, until) or not who.genuine:
                raise UnknownWords
            form.hand_in(conn, token=token, max_files=settings.max_files_per_tip)
    except UniqueViolation:
        return carried, True
    return carried, False


def show_tip(pages: Flask, form: FilledForm, carried: str) -> object:
    """Return the tip's page, as its own address answers whoever carries this visit."""
    return _tip(pages, form, carried, None)


def show_refusal(pages: Flask, form: FilledForm, refusal: EvidenceError) -> object:
    """Return the tip's page with what a person can do about it; a page of its own for all else."""
    if refusal.code in ADVICE:
        return _tip(pages, form, form.fields.get("visit", ""), refusal)
    return pages.handle_user_exception(refusal)


def _tip(pages: Flask, form: FilledForm, carried: str, refusal: EvidenceError | None) -> object:
    data = {"visit": carried}
    query = {"lang": form.language}
    with pages.test_request_context("/r", method="POST", query_string=query, data=data):
        g.refusal, g.said = refusal, "added"
        return pages.full_dispatch_request()


ADDING = Purpose(add_filled, show_tip, show_refusal)
