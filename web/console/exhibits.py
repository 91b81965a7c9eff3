"""Media as a reviewer meets it: what can be shown of it now, and if nothing, why."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from evidence import media as media_of
from evidence import tips
from evidence.db.connect import Connection
from evidence.errors import EvidenceError
from evidence.media import Derivative, Media
from evidence.media.growing import growing
from evidence.media.media import DerivativeKind
from evidence.seal import PrivateKeys, open_sealed
from web.console.left_out import left_out

Condition = Literal["preparing", "growing", "playable", "quarantined", "purged", "unplayable"]


@dataclass(frozen=True)
class Whole:
    """All parts of a broadcast as one film."""

    copy: Derivative

    @property
    def parts(self) -> int:
        """How many parts it joins."""
        return sum("part" in place for place in self.copy.facts["places"])

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """Where nothing was received: the second of the film, and how many seconds are missing."""
        return [
            (place["at_ms"] / 1000, place["missing_ms"] / 1000)
            for place in self.copy.facts["places"]
            if "missing_ms" in place
        ]


@dataclass(frozen=True)
class Exhibit:
    """One media with the best derivative of each kind; `position` counts from 1 within its tip."""

    media: Media
    position: int
    derivatives: Mapping[DerivativeKind, Derivative]
    growing: bool = False
    moments: tuple[Derivative, ...] = ()
    """Frames that were marked while it came in live, in the film's order."""

    @property
    def condition(self) -> Condition:
        """What the page can do with it."""
        if self.media.state in ("quarantined", "purged"):
            return "quarantined" if self.media.state == "quarantined" else "purged"
        if self.playback or self.still:
            return "playable"
        if self.growing:
            return "growing"
        return "unplayable" if self.media.stage == "done" else "preparing"

    @property
    def playback(self) -> Derivative | None:
        """The copy a player plays."""
        return self.derivatives.get("playback")

    @property
    def poster(self) -> Derivative | None:
        """The picture that stands for it in lists; none where it is set aside."""
        return None if self.media.state in ("quarantined", "purged") else self.derivatives.get("poster")

    @property
    def still(self) -> Derivative | None:
        """A photo's stripped copy."""
        return self.derivatives.get("still")

    @property
    def storyboard(self) -> dict[str, object] | None:
        """Where its small frames lie in one picture, and the second of each."""
        made = self.derivatives.get("storyboard")
        return None if made is None else {"source": f"/media/{made.id}/content", **made.facts}

    @property
    def waveform(self) -> Derivative | None:
        """How loud it is, from beginning to end."""
        return self.derivatives.get("waveform")

    @property
    def whole(self) -> "Whole | None":
        """The broadcast that it is the first part of, as one film."""
        made = self.derivatives.get("joined")
        return None if made is None else Whole(made)

    @property
    def map(self) -> Derivative | None:
        """The track of whoever filmed, for a map."""
        return self.derivatives.get("gpx")

    @property
    def seconds(self) -> float | None:
        """How long it plays, where that is known."""
        for facts in (self.playback.facts if self.playback else {}, self.media.facts or {}):
            found = facts.get("seconds")
            if isinstance(found, int | float):
                return float(found)
        return None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels as displayed, where the worker found a picture."""
        picture = (self.media.facts or {}).get("picture")
        if not isinstance(picture, dict):
            return None
        width, height = picture["width"], picture["height"]
        return (height, width) if picture.get("rotation") in (90, 270) else (width, height)

    @property
    def small(self) -> str:
        """What is said of a copy that is smaller than the original, empty where it is not."""
        if not (self.playback and self.playback.facts.get("quick")):
            return ""
        if self.media.stage == "done":
            return "a small copy; one of full size could not be made"
        return "a small copy plays; the full size is being made"

    @property
    def left_out(self) -> list[str]:
        """What only the original has, in plain words."""
        return left_out(self.media.facts)

    @property
    def cut_off(self) -> bool:
        """Whether the file ended before its recording did."""
        return (self.media.facts or {}).get("cut_off") is True

    @property
    def noun(self) -> str:
        """What to call it."""
        return {"video": "Video", "photo": "Photo", "audio": "Sound"}.get(self.media.kind or "", "File")

    @property
    def icon(self) -> str:
        """The icon that stands for it."""
        return {"video": "video", "photo": "photo", "audio": "sound"}.get(self.media.kind or "", "file")

    @property
    def step(self) -> str:
        """What the pipeline does to it now, in plain words."""
        return {
            "seal": "Sealing the original",
            "inspect": "Looking into the file",
            "preview": "Making a preview",
            "watch": "Making a copy to play",
        }.get(self.media.stage, "Being prepared")


def of_media(conn: Connection, media: Media) -> Exhibit:
    """Return one media's exhibit by itself, as number 1."""
    return Exhibit(
        media, 1, _best(media_of.derivatives_of(conn, [media.id])), bool(growing(conn, [media.id]))
    )


def of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> dict[UUID, list[Exhibit]]:
    """Return the exhibits of several tips, each list in order of arrival, in four queries.

    A tip that was withdrawn has none any more.
    """
    wanted = list(tip_ids)
    found = media_of.of_tips(conn, tips.shown(conn, wanted))
    made: dict[UUID, list[Derivative]] = {media.id: [] for media in found}
    for derivative in media_of.derivatives_of(conn, made):
        made[derivative.media_id].append(derivative)
    under_way = growing(conn, made)
    exhibits: dict[UUID, list[Exhibit]] = {tip_id: [] for tip_id in wanted}
    for media in found:
        of_tip = exhibits[media.tip_id]
        best, moments = _best(made[media.id]), _moments(made[media.id])
        of_tip.append(Exhibit(media, len(of_tip) + 1, best, media.id in under_way, moments))
    return exhibits


def _best(made: Iterable[Derivative]) -> dict[DerivativeKind, Derivative]:
    """The newest of each kind; a small copy that was soon there never goes before one of full size."""
    best: dict[DerivativeKind, Derivative] = {}
    for derivative in made:
        known = best.get(derivative.kind)
        if known is None or known.facts.get("quick") or not derivative.facts.get("quick"):
            best[derivative.kind] = derivative
    return best


def _moments(made: Iterable[Derivative]) -> tuple[Derivative, ...]:
    marked = (derivative for derivative in made if derivative.kind == "snapshot")
    return tuple(sorted(marked, key=lambda derivative: int(derivative.facts["at_ms"])))


def file_name(media: Media, agency_private_key: PrivateKeys) -> str | None:
    """Return the name the citizen's device gave the file, None where there is none or it cannot be read."""
    if media.sealed_name is None:
        return None
    try:
        name = json.loads(open_sealed(agency_private_key, media.sealed_name)).get("name")
    except (EvidenceError, ValueError, AttributeError):
        return None
    return name if isinstance(name, str) and name else None
