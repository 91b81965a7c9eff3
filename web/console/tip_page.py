"""One tip: what was sent, what became of it, and the decisions about it."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from evidence import ledger, tips
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.db.connect import Connection
from evidence.errors import Forbidden, Invalid
from evidence.ledger import Entry
from evidence.live import session as broadcasts
from evidence.reviewers.reviewer import names_of_actors
from evidence.reviewers.roles import Act
from evidence.tips.ending import deletion_due, purge_of
from evidence.tips.note import notes_by_commitment
from evidence.traces.unsealing import reasons_by_commitment
from web.console import conversation, exhibits, letters, removed, resemblances
from web.console.chronicle import Names, told
from web.console.errors import wants_json
from web.console.exhibits import Exhibit, file_name
from web.console.house import house, signed_in

pages = Blueprint("tips", __name__)


@pages.get("/tips/<uuid:tip_id>")
def show(tip_id: UUID) -> str:
    """Show a tip whole."""
    reader, key = signed_in().reviewer, house().settings.agency_private_key
    with house().pool.connection() as conn:
        tip = tips.get(conn, tip_id)
        shown = exhibits.of_tips(conn, [tip_id])[tip_id]
        entries = ledger.history(conn, tip_id)
        names = _names(conn, tip_id, entries, shown)
        next_new = tips.newest(conn, states=("new",), before=(tip.received_at, tip.id), limit=1)
        read = reader.may(Act.READ_MESSAGES)
        written = letters.of_tip(conn, tip_id, house().settings.staff_keys, reader)
        file_names = {e.media.id: file_name(e.media, key) for e in shown} if read else {}
        return render_template(
            "tip.html",
            tip=tip,
            exhibits=shown,
            moments=moments(entries, shown),
            broadcasts=broadcasts.of_tips(conn, [tip_id]),
            file_names=file_names,
            removed=removed.of_exhibits(conn, tip_id, shown, file_names, reader),
            letters=written,
            conversation=conversation.of_tip(conn, tip, written, entries, names.people, reader),
            cases=cases.of_tip(conn, tip_id),
            resemblances=resemblances.of_tip(conn, tip_id, shown, reader),
            lines=told(entries, names),
            next_new=next_new[0].id if next_new else None,
            due=deletion_due(conn, tip_id, house().settings.retention),
            purge=purge_of(conn, tip_id),
        )


@pages.post("/tips/<uuid:tip_id>/close")
def close(tip_id: UUID) -> Response:
    """Close a tip with a reason and, if wanted, a note."""
    form = request.form
    with house().pool.connection() as conn:
        tips.close(conn, tip_id, form.get("reason", ""), form.get("note", ""), signed_in().reviewer.actor)
    return _done(tip_id)


@pages.post("/tips/<uuid:tip_id>/reopen")
def reopen(tip_id: UUID) -> Response:
    """Take a closing back."""
    with house().pool.connection() as conn:
        tips.reopen(conn, tip_id, signed_in().reviewer.actor)
    return _done(tip_id)


@pages.post("/tips/<uuid:tip_id>/attach")
def attach(tip_id: UUID) -> Response:
    """Attach a tip to a case that is open, or to a new one; both in one transaction."""
    by, form = signed_in().reviewer, request.form
    with house().pool.connection() as conn:
        if form.get("case"):
            case = cases.get(conn, _uuid(form["case"]))
        elif form.get("title"):
            if not by.may(Act.OPEN_CASES):
                raise Forbidden(f"Your role, {by.role}, does not open cases.", code="role_forbids")
            case = cases.open_case(conn, form.get("number", ""), form["title"], by)
        else:
            case = cases.by_number(conn, form.get("number", ""))
        attachment.attach(conn, case, tip_id, by)
    return _done(tip_id)


@pages.post("/tips/<uuid:tip_id>/detach")
def detach(tip_id: UUID) -> Response:
    """Take a tip out of a case."""
    with house().pool.connection() as conn:
        case = cases.get(conn, _uuid(request.form.get("case", "")))
        attachment.detach(conn, case, tip_id, signed_in().reviewer)
    return _done(tip_id)


def _names(conn: Connection, tip_id: UUID, entries: list[Entry], shown: list[Exhibit]) -> Names:
    several = len(shown) > 1
    files = {
        str(exhibit.media.id): f"{exhibit.noun.lower()} {exhibit.position}"
        if several
        else f"the {exhibit.noun.lower()}"
        for exhibit in shown
    }
    return Names(
        people=names_of_actors(conn, {entry.actor for entry in entries}),
        files=files,
        cases=cases.numbers(conn, {UUID(e.details["case"]) for e in entries if "case" in e.details}),
        notes={**notes_by_commitment(conn, tip_id), **reasons_by_commitment(conn, tip_id)},
    )


def moments(entries: list[Entry], shown: list[Exhibit]) -> dict[UUID, list[float]]:
    """Return the seconds that staff marked in what was a broadcast, in order, by media."""
    of_upload = {str(exhibit.media.upload_id): exhibit.media.id for exhibit in shown}
    marked: dict[UUID, list[float]] = {}
    for entry in entries:
        media_id = of_upload.get(str(entry.details.get("upload")))
        if entry.kind == "live_snapshot" and media_id:
            marked.setdefault(media_id, []).append(int(entry.details["at_ms"]) / 1000)
    return {media_id: sorted(set(seconds)) for media_id, seconds in marked.items()}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("Choose a case from the list.", code="bad_case") from None


def _done(tip_id: UUID) -> Response:
    """Answer a script with nothing, since the page will be told; send a person back to the tip."""
    if wants_json():
        return Response(status=204)
    return redirect(url_for("tips.show", tip_id=tip_id), 303)
