"""What was removed from a media's copy, as a reviewer meets it: kinds, a grade, and who may see more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from evidence.db.connect import Connection
from evidence.reviewers.reviewer import Reviewer
from evidence.traces import unsealing
from evidence.traces.grade import clues_in_name, grade_of
from evidence.traces.kinds import CLUES, ClockGrade, Clue, Grade, Kind, Manifest
from evidence.traces.trace import Traces, of_media
from evidence.traces.unsealing import Unsealing
from web.console.exhibits import Exhibit

Standing = Literal["none", "asked", "open", "over", "declined"]

KINDS: Mapping[Kind, str] = {
    "place": "place",
    "device": "device",
    "time": "time",
    "software": "software",
    "person": "a person's words",
    "hidden footage": "hidden footage",
}
GRADES: Mapping[Grade, str] = {
    "original": "Looks like an original",
    "re-encoded": "Probably re-encoded",
    "screen recording": "Looks like a screen recording",
    "unknown": "Origin unknown",
}
REASONS: Mapping[Clue, str] = {
    "camera": "It names the camera that made it.",
    "no_tags": "It carries no word of a device, a place or a time. Cameras leave some; messengers take "
    "them away.",
    "messenger_size": "It has a size to which messengers scale.",
    "messenger_name": "Its name is one that a messenger gives.",
    "recorder_name": "Its name is one that a recorder of screens gives.",
    "screen_recorder": "A recorder of screens left its name in it.",
    "whatsapp": "WhatsApp left marks in it.",
    "telegram": "Telegram left its name in it.",
    "signal": "Signal left its name in it.",
    "facebook": "Facebook or Instagram left marks in it.",
    "tiktok": "TikTok left marks in it.",
    "ffmpeg": "A program that converts recordings wrote it last; phones themselves use others.",
    "video_site": "A site for videos left its name in it.",
    "editor": "A program for editing left its name in it.",
}
CLOCKS: Mapping[ClockGrade, str] = {
    "none": "It does not say when it was taken.",
    "fits": "Its clock says that it was taken within a day before it arrived.",
    "older": "Its clock says that it was taken more than a day before it arrived.",
    "ahead": "Its clock is ahead: it says a time after the arrival.",
}
_TIMES_WITHOUT_A_CLOCK = "It has times in it, but none that tells plainly when it was taken."
MANIFESTS: Mapping[Manifest, str] = {
    "none": "",
    "intact": "It carries a C2PA manifest: signature intact, signer not known to us.",
    "altered": "It carries a C2PA manifest that does not fit: file or manifest were changed after signing.",
    "elsewhere": "It names a C2PA manifest at an address elsewhere. Nobody asked there.",
    "unreadable": "It carries a C2PA manifest that cannot be read.",
}


@dataclass(frozen=True)
class Removed:
    """One media's traces; `traces` is None until the pipeline has looked."""

    exhibit: Exhibit
    traces: Traces | None
    clues: tuple[Clue, ...]
    mine: Unsealing | None
    others: tuple[Unsealing, ...]

    @property
    def grade(self) -> str:
        """What it looks like, in words."""
        return GRADES[grade_of(self.clues)]

    @property
    def reasons(self) -> list[str]:
        """Why."""
        return [REASONS[clue] for clue in self.clues] or ["Nothing in it tells where it comes from."]

    @property
    def kinds(self) -> list[str]:
        """What was removed, in words."""
        return [KINDS[kind] for kind in (self.traces.kinds if self.traces else None) or ()]

    @property
    def clock(self) -> str:
        """How its clock stands to the arrival."""
        if self.traces is None:
            return ""
        if self.traces.clock == "none" and "time" in (self.traces.kinds or ()):
            return _TIMES_WITHOUT_A_CLOCK
        return CLOCKS[self.traces.clock]

    @property
    def manifest(self) -> str:
        """What became of its C2PA manifest."""
        return MANIFESTS[self.traces.manifest] if self.traces else ""

    @property
    def standing(self) -> Standing:
        """How far the reader's own request has come."""
        if self.mine is None:
            return "none"
        if self.mine.state == "granted":
            return "open" if self.mine.is_open() else "over"
        return self.mine.state


def of_exhibits(
    conn: Connection,
    tip_id: UUID,
    shown: Iterable[Exhibit],
    names: Mapping[UUID, str | None],
    reader: Reviewer,
) -> list[Removed]:
    """Return what was removed from each media of a tip; `names` are the files' own, where known."""
    exhibits = list(shown)
    found = of_media(conn, [exhibit.media.id for exhibit in exhibits])
    requests = unsealing.of_tip(conn, tip_id)
    return [_removed(exhibit, found.get(exhibit.media.id), names, requests, reader) for exhibit in exhibits]


def _removed(
    exhibit: Exhibit,
    traces: Traces | None,
    names: Mapping[UUID, str | None],
    requests: list[Unsealing],
    reader: Reviewer,
) -> Removed:
    media_id = exhibit.media.id
    clues = set(traces.clues if traces else ()) | clues_in_name(names.get(media_id) or "")
    own = [one for one in requests if one.media_id == media_id and one.asked_by == reader.id]
    others = [one for one in requests if one.media_id == media_id and one.asked_by != reader.id]
    return Removed(
        exhibit=exhibit,
        traces=traces,
        clues=tuple(clue for clue in CLUES if clue in clues),
        mine=own[0] if own else None,
        others=tuple(one for one in others if one.state == "asked"),
    )
