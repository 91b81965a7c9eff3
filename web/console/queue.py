"""The queue: tips, newest first, kept up to date while a person looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request

from evidence import echoes, tips
from evidence.cases import case as cases
from evidence.db.connect import Connection
from evidence.errors import Invalid
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.roles import Act
from evidence.thread.message import TipText
from evidence.tips import Tip, TipState
from evidence.tips.tally import count_by_state, count_waiting
from evidence.tips.tip import TIP_STATES
from evidence.traces import unsealing
from web.console import exhibits, letters
from web.console.exhibits import Exhibit
from web.console.house import house, signed_in
from web.console.live import shown as live

pages = Blueprint("queue", __name__)

PAGE_LENGTH = 50
# Tips in any state whose citizen wrote again: one that was closed would be overlooked otherwise.
ANSWERS = "answers"
FILTERS: Mapping[str, tuple[TipState, ...]] = {
    "new": ("new",),
    "attached": ("attached",),
    "closed": ("closed",),
    "all": TIP_STATES,
    ANSWERS: TIP_STATES,
}


@dataclass(frozen=True)
class Card:
    """A tip as a row of the queue, or on a case's page; `text` is None where it cannot be read."""

    tip: Tip
    text: TipText | None
    exhibits: list[Exhibit]
    cases: list[str]
    alike: int
    """How many other tips it looks like."""


@pages.get("/")
def show() -> str:
    """Show the tips in one state, a page of them."""
    wanted = request.args.get("state", "new")
    if wanted not in FILTERS:
        raise Invalid("Choose one of the filters above the queue.", code="unknown_filter")
    with house().pool.connection() as conn:
        found = tips.newest(
            conn,
            states=FILTERS[wanted],
            waiting=wanted == ANSWERS,
            before=_place(conn, request.args.get("before")),
            limit=PAGE_LENGTH + 1,
        )
        cards = cards_of(conn, found[:PAGE_LENGTH], signed_in().reviewer)
        counts, waiting = count_by_state(conn), count_waiting(conn)
        decides = signed_in().reviewer.may(Act.DECIDE_UNSEALING)
        airing = live.running(conn)
        key = house().settings.agency_private_key
        words = letters.first_words(conn, [one.session.tip_id for one in airing], key, signed_in().reviewer)
        requests = len(unsealing.waiting(conn)) if decides else 0
    totals = {name: sum(counts.get(state, 0) for state in states) for name, states in FILTERS.items()}
    totals[ANSWERS] = waiting
    older = found[PAGE_LENGTH - 1].id if len(found) > PAGE_LENGTH else None
    return render_template(
        "queue.html",
        cards=cards,
        wanted=wanted,
        totals=totals,
        older=older,
        first_page="before" not in request.args,
        requests=requests,
        airing=airing,
        airing_words=words,
    )


def cards_of(conn: Connection, found: list[Tip], reader: Reviewer) -> list[Card]:
    """Return tips as cards, in the order given."""
    ids = [tip.id for tip in found]
    shown = exhibits.of_tips(conn, ids)
    words = letters.first_words(conn, ids, house().settings.agency_private_key, reader)
    numbers = cases.numbers_of_tips(conn, ids)
    alike = echoes.others_of_tips(conn, ids)
    return [
        Card(tip, words.get(tip.id), shown[tip.id], numbers.get(tip.id, []), alike.get(tip.id, 0))
        for tip in found
    ]


def _place(conn: Connection, last_seen: str | None) -> tuple[datetime, UUID] | None:
    if last_seen is None:
        return None
    try:
        tip = tips.get(conn, UUID(last_seen))
    except ValueError:
        raise Invalid("The address of this page has a mistake in it.", code="bad_place") from None
    return tip.received_at, tip.id
