"""What the ledger has of a broadcast, in plain words; `web.console.chronicle` tells a chain with it."""

from collections.abc import Callable, Mapping

from evidence.ledger import Entry
from web.console.wording import duration_words, size_words

_PARTS = {
    "resize": ", the phone was turned",
    "camera": ", by the other camera",
    "bitrate": ", for the signal's sake",
    "backlog": ", so that now comes first",
    "minutes": ", after ten minutes",
    "resumed": ", after an interruption",
}
_ENDS = {
    "citizen": "by whoever filmed",
    "staff": "by staff",
    "consent": "the owner's consent is over",
    "limit": "at the limit of time or size",
    "silence": "nothing came any more",
    "complete": "everything has come",
}


def _live_opened(entry: Entry, _: object) -> tuple[str, str]:
    return ("A camera went live" if entry.details.get("camera") else "Went live"), ""


def _live_part(entry: Entry, _: object) -> tuple[str, str]:
    why = _PARTS.get(str(entry.details.get("why")), "")
    what = (
        "Shares where they are" if entry.details.get("kind") == "place" else "Began a part of the broadcast"
    )
    return what, f"number {entry.details.get('part')}{why}"


def _live_part_ended(entry: Entry, _: object) -> tuple[str, str]:
    sizes = size_words(int(entry.details.get("bytes", 0)))
    if entry.details.get("chain_holds") is False:
        return f"Part {entry.details.get('part')} came, and is not what its sender said", sizes
    return f"Part {entry.details.get('part')} came in full", sizes


def _live_over(entry: Entry, _: object) -> tuple[str, str]:
    ended = "The broadcast ended" if entry.kind == "live_ended" else "The broadcast was closed"
    return ended, _ENDS.get(str(entry.details.get("how")), "")


def _live_snapshot(entry: Entry, _: object) -> tuple[str, str]:
    moment = duration_words(int(entry.details.get("at_ms", 0)) / 1000)
    return "Marked a moment of the broadcast", f"{moment} into part {entry.details.get('part')}"


def _live_prompt(entry: Entry, _: object) -> tuple[str, str]:
    words = {
        "live_prompt": "Asked something of whoever films",
        "live_prompt_delivered": "What was asked reached the phone",
        "live_prompt_seen": "What was asked was seen",
    }
    return words[entry.kind], f"number {entry.details.get('sequence')}"


def _version(entry: Entry) -> str:
    return f"version {entry.details.get('version')}"


TELLERS: Mapping[str, Callable[[Entry, object], tuple[str, str]]] = {
    "camera_added": lambda entry, _: ("Registered a camera", str(entry.details.get("name", ""))),
    "consent_given": lambda entry, _: ("Recorded its owner's consent", _version(entry)),
    "consent_revoked": lambda entry, _: ("The consent was revoked", _version(entry)),
    "consent_expired": lambda entry, _: ("The consent expired", _version(entry)),
    "relay_granted": lambda *_: ("Allowed a relay to send what it shows", ""),
    "live_link": lambda *_: ("Sent a link to go live", "it works once"),
    "live_opened": _live_opened,
    "live_part": _live_part,
    "live_part_ended": _live_part_ended,
    "live_prompt": _live_prompt,
    "live_prompt_delivered": _live_prompt,
    "live_prompt_seen": _live_prompt,
    "live_watched": lambda *_: ("Watched the broadcast", ""),
    "live_snapshot": _live_snapshot,
    "live_ended": _live_over,
    "live_closed": _live_over,
}

TONES = {
    "live_link": "decision",
    "live_opened": "good",
    "live_prompt": "decision",
    "live_watched": "seen",
    "live_snapshot": "decision",
}
