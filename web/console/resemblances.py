"""What a tip looks like: other tips with the same pictures or sound, why, and a click to say it is not so."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from evidence import echoes, tips
from evidence.db.connect import Connection
from evidence.echoes import Echo
from evidence.errors import Invalid
from evidence.reviewers.reviewer import Reviewer
from web.console.errors import wants_json
from web.console.exhibits import Exhibit
from web.console.house import house, signed_in
from web.console.queue import Card, cards_of
from web.console.wording import echo_words

pages = Blueprint("echoes", __name__)

MOST_SHOWN = 12


@dataclass(frozen=True)
class Resemblance:
    """Another tip, and why it is suggested; `dismissed` once somebody said that it is not the same."""

    card: Card
    reasons: list[str]
    dismissed: bool


@dataclass(frozen=True)
class Resemblances:
    """The likeliest tips, dismissed ones last; `more` are not shown."""

    shown: list[Resemblance]
    more: int


def of_tip(conn: Connection, tip_id: UUID, exhibits: Sequence[Exhibit], reader: Reviewer) -> Resemblances:
    """What one tip looks like, likeliest first."""
    by_tip: dict[UUID, list[Echo]] = {}
    for echo in echoes.of_tips(conn, [tip_id]):
        by_tip.setdefault(echo.other_tip_id, []).append(echo)
    wanted = list(by_tip)[:MOST_SHOWN]
    cards = cards_of(conn, [tips.get(conn, other) for other in wanted], reader)
    shown = [
        Resemblance(
            card,
            [_reason(echo, exhibits) for echo in by_tip[card.tip.id]],
            all(echo.dismissed_at for echo in by_tip[card.tip.id]),
        )
        for card in cards
    ]
    return Resemblances(shown, len(by_tip) - len(wanted))


def _reason(echo: Echo, exhibits: Sequence[Exhibit]) -> str:
    """The words, and of which file where there are several."""
    words = echo_words(echo)
    which = next((e for e in exhibits if e.media.id == echo.media_id), None)
    return words if which is None or len(exhibits) == 1 else f"{which.noun} {which.position}: {words}"


@pages.post("/tips/<uuid:tip_id>/echoes/dismiss")
def dismiss(tip_id: UUID) -> Response:
    """Say that another tip is not the same."""
    with house().pool.connection() as conn:
        echoes.dismiss(conn, tip_id, _other(), signed_in().reviewer)
    return _done(tip_id)


@pages.post("/tips/<uuid:tip_id>/echoes/restore")
def restore(tip_id: UUID) -> Response:
    """Take that back."""
    with house().pool.connection() as conn:
        echoes.restore(conn, tip_id, _other(), signed_in().reviewer)
    return _done(tip_id)


def _other() -> UUID:
    try:
        return UUID(request.form.get("other", ""))
    except ValueError:
        raise Invalid("Choose a tip from those shown.", code="bad_tip") from None


def _done(tip_id: UUID) -> Response:
    if wants_json():
        return Response(status=204)
    return redirect(url_for("tips.show", tip_id=tip_id), 303)
