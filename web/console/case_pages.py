"""Cases: all of them, and one of them."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from evidence import ledger, tips
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.cases.note import add_note, notes_of
from evidence.reviewers.reviewer import names_of_actors
from web.console.chronicle import Names, told
from web.console.errors import wants_json
from web.console.house import house, signed_in
from web.console.queue import cards_of

pages = Blueprint("cases", __name__)

LISTED = 200
OFFERED = 6


@pages.get("/cases")
def show_all() -> str:
    """Show the cases that match what was typed, newest first."""
    words = request.args.get("q", "")
    with house().pool.connection() as conn:
        return render_template("cases.html", cases=cases.find(conn, words, limit=LISTED), words=words)


@pages.get("/cases/find")
def find() -> str:
    """Offer cases for the dialog that attaches a tip: a fragment, not a page."""
    words = request.args.get("q", "")
    with house().pool.connection() as conn:
        found = cases.find(conn, words, limit=OFFERED)
    return render_template("parts/found_cases.html", cases=found, words=words)


@pages.post("/cases")
def open_new() -> Response:
    """Open a case."""
    with house().pool.connection() as conn:
        case = cases.open_case(
            conn, request.form.get("number", ""), request.form.get("title", ""), signed_in().reviewer
        )
    return redirect(url_for("cases.show", case_id=case.id), 303)


@pages.get("/cases/<uuid:case_id>")
def show(case_id: UUID) -> str:
    """Show a case with its tips, notes and history."""
    with house().pool.connection() as conn:
        case = cases.get(conn, case_id)
        attached = [tips.get(conn, tip_id) for tip_id in attachment.tips_of(conn, case_id)]
        entries = ledger.history(conn, case_id)
        people = names_of_actors(conn, {entry.actor for entry in entries})
        return render_template(
            "case.html",
            case=case,
            cards=cards_of(conn, attached, signed_in().reviewer),
            notes=notes_of(conn, case_id),
            lines=told(entries, Names(people=people, files={}, cases={}, notes={})),
        )


@pages.post("/cases/<uuid:case_id>/notes")
def add(case_id: UUID) -> Response:
    """Write a note on a case."""
    with house().pool.connection() as conn:
        add_note(conn, cases.get(conn, case_id), request.form.get("text", ""), signed_in().reviewer)
    if wants_json():
        return Response(status=204)
    return redirect(url_for("cases.show", case_id=case_id), 303)
