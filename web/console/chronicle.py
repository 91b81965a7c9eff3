"""A chain of the ledger, told in plain words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.ledger import Entry
from web.console.live import told as live
from web.console.wording import REASONS, size_words

_ACTORS = {
    "citizen": "Citizen",
    "intake": "Public door",
    "worker": "Pipeline",
    "expire": "Deletion clock",
    "operator": "Operator",
}
_COPIES = {
    "playback": ("a copy to play", ", without the phone's metadata"),
    "poster": ("a preview picture", ""),
    "still": ("a copy to show", ", without the phone's metadata"),
    "storyboard": ("a storyboard", ""),
    "waveform": ("a waveform", ""),
    "joined": ("one film", " and the parts after it"),
    "snapshot": ("a picture", ", of a moment that was marked"),
    "vtt": ("subtitles of places", ""),
    "gpx": ("a track for maps", ""),
}
_MISSING = {"survey": "storyboard", "normalize": "full-size copy"}


@dataclass(frozen=True)
class Names:
    """What the ledger's ids are called: people by actor, files and cases by id, notes by commitment."""

    people: Mapping[str, str]
    files: Mapping[str, str]
    cases: Mapping[str, str]
    notes: Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One entry as a person reads it; `hash` is hex; `tone` picks its mark on the page."""

    sequence: int
    kind: str
    at: datetime
    actor: str
    words: str
    aside: str
    tone: str
    hash: str
    details: Mapping[str, Any]


def told(entries: list[Entry], names: Names) -> list[Line]:
    """Return a chain's entries in plain words, newest first."""
    return [_line(entry, names) for entry in reversed(entries)]


def _line(entry: Entry, names: Names) -> Line:
    tell = TELLERS.get(entry.kind, _unknown)
    words, aside = tell(entry, names)
    return Line(
        sequence=entry.sequence,
        kind=entry.kind,
        at=entry.at,
        actor=names.people.get(entry.actor) or _ACTORS.get(entry.actor, entry.actor),
        words=words,
        aside=aside,
        tone=_TONES.get(entry.kind, "plain"),
        hash=entry.hash.hex(),
        details=entry.details,
    )


def _file(entry: Entry, names: Names) -> str:
    return names.files.get(str(entry.details.get("media")), "a file")


def _case(entry: Entry, names: Names) -> str:
    return names.cases.get(str(entry.details.get("case")), "a case")


def _tip(entry: Entry) -> str:
    return str(entry.details.get("tip", ""))[:8]  # as much of the id as the tip's own page shows


def _unknown(entry: Entry, _: Names) -> tuple[str, str]:
    return entry.kind.replace("_", " ").capitalize(), ""


def _closed(entry: Entry, names: Names) -> tuple[str, str]:
    reason = REASONS.get(str(entry.details.get("reason")), "no reason given")
    return f"Closed: {reason.lower()}", names.notes.get(str(entry.details.get("note_commitment")), "")


def _received(entry: Entry, names: Names) -> tuple[str, str]:
    return f"Received {_file(entry, names)} in full", size_words(int(entry.details.get("bytes", 0)))


def _quarantined(entry: Entry, names: Names) -> tuple[str, str]:
    return f"Set aside {_file(entry, names)}", str(entry.details.get("sentence", ""))


def _not_made(entry: Entry, names: Names) -> tuple[str, str]:
    missing = _MISSING.get(str(entry.details.get("stage")), "new copy")
    return f"Made no {missing} of {_file(entry, names)}", str(entry.details.get("sentence", ""))


def _derived(entry: Entry, names: Names) -> tuple[str, str]:
    copy, without = _COPIES.get(str(entry.details.get("kind")), ("a copy", ""))
    return f"Made {copy}", f"of {_file(entry, names)}{without}"


def _traced(entry: Entry, names: Names) -> tuple[str, str]:
    kinds = entry.details.get("kinds")
    if kinds is None:
        return f"Could not look for traces in {_file(entry, names)}", ""
    return (
        f"Looked for what {_file(entry, names)} tells beside picture and sound",
        f"found and sealed: {', '.join(kinds)}" if kinds else "found nothing",
    )


def _fingerprinted(entry: Entry, names: Names) -> tuple[str, str]:
    pictures, sounds = entry.details.get("pictures"), entry.details.get("sounds")
    kinds = [kind for kind, some in (("pictures", pictures), ("sound", sounds)) if some]
    return (
        f"Compared {_file(entry, names)} with those of other tips",
        f"by fingerprints of its {' and '.join(kinds)}"
        if kinds
        else "it shows and tells too little for that",
    )


def _message(entry: Entry, _: Names) -> tuple[str, str]:
    wrote = "Wrote to the citizen" if entry.details.get("author") == "staff" else "Wrote again"
    return wrote, ""


def _echo_found(entry: Entry, names: Names) -> tuple[str, str]:
    others = dict.fromkeys(str(other["tip"])[:8] for other in entry.details.get("others", []))
    whose = "another tip's" if len(others) == 1 else f"those of {len(others)} other tips"
    return f"Found {_file(entry, names)} to be like {whose}", ", ".join(others)


def _why(entry: Entry) -> str:
    return "its citizen took it back" if entry.details.get("reason") == "withdrawn" else "its time was over"


def _purged(entry: Entry, _: Names) -> tuple[str, str]:
    files = len(entry.details.get("media", []))
    what = f"words, notes and {files} file{'s' * (files != 1)}" if files else "words and notes"
    return "Deleted everything", f"{what}: {_why(entry)}"


def _retained(entry: Entry, names: Names) -> tuple[str, str]:
    why = "a case has the tip" if entry.details.get("basis") == "case" else "more was sent later"
    until = str(entry.details.get("until", ""))[:10]
    return f"Locked the original of {_file(entry, names)} until {until}", why


TELLERS: Mapping[str, Callable[[Entry, Names], tuple[str, str]]] = {
    "opened": lambda entry, _: ("Tip opened", f"by {entry.details.get('channel', 'web')}"),
    "upload_opened": lambda *_: ("Began to send a file", ""),
    "upload_terminated": lambda *_: ("Gave a file up before it was complete", ""),
    "upload_expired": lambda *_: ("A file never arrived in full", ""),
    "message": _message,
    "settled": lambda *_: ("Said that there is nothing to answer", ""),
    "withdrawn": lambda *_: ("Took the tip back", ""),
    "purge_begun": lambda entry, _: ("Began to delete everything", _why(entry)),
    "purged": _purged,
    "retained": _retained,
    "received": _received,
    "sealed": lambda entry, names: (
        f"Sealed the original of {_file(entry, names)}",
        "locked, and checked by the store",
    ),
    "inspected": lambda entry, names: (
        f"Looked into {_file(entry, names)}",
        str(entry.details.get("mime", "")),
    ),
    "derived": _derived,
    "ready": lambda entry, names: (f"Made {_file(entry, names)} ready to be watched", ""),
    "quarantined": _quarantined,
    "not_made": _not_made,
    "traced": _traced,
    "fingerprinted": _fingerprinted,
    "unseal_asked": lambda entry, names: (
        f"Asked to see what {_file(entry, names)} tells",
        names.notes.get(str(entry.details.get("reason_commitment")), ""),
    ),
    "unseal_granted": lambda entry, names: (
        f"Allowed to see what {_file(entry, names)} tells",
        "for an hour",
    ),
    "unseal_declined": lambda entry, names: (f"Declined to show what {_file(entry, names)} tells", ""),
    "unsealed": lambda entry, names: (f"Saw what {_file(entry, names)} tells", ""),
    "rederive_asked": lambda entry, names: (f"Had the copies of {_file(entry, names)} made again", ""),
    "viewed": lambda entry, names: (f"Opened {_file(entry, names)}", ""),
    "closed": _closed,
    "reopened": lambda *_: ("Reopened", ""),
    "attached": lambda entry, names: (
        (f"Attached to case {_case(entry, names)}", "")
        if "case" in entry.details
        else ("Attached a tip", _tip(entry))
    ),
    "detached": lambda entry, names: (
        (f"Detached from case {_case(entry, names)}", "")
        if "case" in entry.details
        else ("Detached a tip", _tip(entry))
    ),
    "echo_found": _echo_found,
    "echo_dismissed": lambda entry, _: (
        "Said to be unlike another tip",
        str(entry.details.get("other_tip", ""))[:8],
    ),
    "echo_restored": lambda entry, _: (
        "Said to be like another tip after all",
        str(entry.details.get("other_tip", ""))[:8],
    ),
    **live.TELLERS,
    "case_opened": lambda entry, _: (f"Opened case {entry.details.get('number', '')}", ""),
    "noted": lambda *_: ("Wrote a note", ""),
}

_TONES = {
    **live.TONES,
    "received": "good",
    "sealed": "good",
    "ready": "good",
    "quarantined": "bad",
    "upload_expired": "bad",
    "closed": "decision",
    "withdrawn": "bad",
    "purged": "bad",
    "message": "decision",
    "settled": "decision",
    "reopened": "decision",
    "attached": "decision",
    "detached": "decision",
    "case_opened": "decision",
    "noted": "decision",
    "echo_dismissed": "decision",
    "echo_restored": "decision",
    "viewed": "seen",
    "unseal_asked": "decision",
    "unseal_granted": "decision",
    "unseal_declined": "decision",
    "unsealed": "seen",
}
