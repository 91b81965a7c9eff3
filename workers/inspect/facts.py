"""What an examined file is, as far as the pipeline must know it. It crosses a process boundary as JSON, and
the process that writes it has read a hostile file: every field is checked again on the way in.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, Literal

Kind = Literal["video", "photo", "audio"]
KINDS: tuple[Kind, ...] = ("video", "photo", "audio")

SEE_THROUGH = "rgba"
"""The pixel format of every animation: pictures through which the page may be seen."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+()-]{0,63}")
_MOST = 1 << 40


class FactsError(ValueError):
    """The text is not facts: the process that wrote it was misled or has been taken over."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The video stream that will be shown. Sizes in pixels as stored; `rotation` in degrees as displayed."""

    index: int
    codec: str
    profile: str
    pixel_format: str
    width: int
    height: int
    rotation: int
    hdr: bool
    interlaced: bool
    hidden_frames: bool
    """An edit list hides frames, before or after, that are still stored: a remux would carry them along."""
    obstacles: tuple[str, ...] = ()
    """What else forbids a mere copy: `mirrored`, `crooked` (turned by no quarter), `turned within` (the turn
    stands in the coding), `pixels not square`, `several codings`."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The audio stream that will be heard."""

    index: int
    codec: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One file that can be worked on. `seconds` is None where the file does not tell, and for photos.

    `form` is the forced reader's name; `left_out` names the streams that a copy will not carry.
    """

    kind: Kind
    mime: str
    form: str
    seconds: float | None
    picture: Picture | None
    sound: Sound | None
    left_out: tuple[str, ...] = ()
    cut_off: bool = False
    """The file ends before its recording does; `seconds` is what there is."""

    def to_json(self) -> dict[str, Any]:
        """The facts as a JSON object, for a pipe or for `media.facts`."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: object) -> "Facts":
        """Facts from an untrusted JSON object. Raises `FactsError`."""
        fields = _fields(raw, cls)
        if fields["kind"] not in KINDS:
            raise FactsError("kind")
        facts = cls(
            kind=fields["kind"],
            mime=_word(fields["mime"]),
            form=_word(fields["form"]),
            seconds=None if fields["seconds"] is None else _seconds(fields["seconds"]),
            picture=None if fields["picture"] is None else _picture(fields["picture"]),
            sound=None if fields["sound"] is None else _sound(fields["sound"]),
            left_out=_words(fields.get("left_out", ())),
            cut_off=_flag(fields.get("cut_off", False)),
        )
        if (facts.kind == "audio") != (facts.picture is None) or (facts.kind == "audio" and not facts.sound):
            raise FactsError("kind and streams do not agree")
        return facts


def parse_json(text: bytes) -> object:
    """JSON from a tool. Raises `FactsError` where it is none."""
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        raise FactsError("not JSON") from None
    return parsed


def _picture(raw: object) -> Picture:
    fields = _fields(raw, Picture)
    return Picture(
        index=_whole(fields["index"], 0, 63),
        codec=_word(fields["codec"]),
        profile=_word(fields["profile"]) if fields["profile"] else "",
        pixel_format=_word(fields["pixel_format"]),
        width=_whole(fields["width"], 1, 1 << 20),
        height=_whole(fields["height"], 1, 1 << 20),
        rotation=_whole(fields["rotation"], 0, 359),
        hdr=_flag(fields["hdr"]),
        interlaced=_flag(fields["interlaced"]),
        hidden_frames=_flag(fields["hidden_frames"]),
        obstacles=_words(fields.get("obstacles", ())),
    )


def _sound(raw: object) -> Sound:
    fields = _fields(raw, Sound)
    return Sound(index=_whole(fields["index"], 0, 63), codec=_word(fields["codec"]))


def _fields(raw: object, shape: type[Any]) -> Mapping[str, Any]:
    """All fields of a shape; one that came to it later may be absent from facts that were written before."""
    known = {field.name: field.default is MISSING for field in dataclass_fields(shape)}
    if not isinstance(raw, dict) or not {n for n, needed in known.items() if needed} <= set(raw) <= set(
        known
    ):
        raise FactsError(f"not the fields of {shape.__name__}")
    return raw


def _words(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or len(raw) > 64:
        raise FactsError("not a short list")
    return tuple(_word(name) for name in raw)


def _word(raw: object) -> str:
    if not isinstance(raw, str) or not _WORD.fullmatch(raw):
        raise FactsError("not a plain word")
    return raw


def _whole(raw: object, least: int, most: int) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
        raise FactsError("not a number in range")
    return raw


def _seconds(raw: object) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool) or not math.isfinite(raw):
        raise FactsError("not a duration")
    if not 0 <= raw <= _MOST:
        raise FactsError("not a duration in range")
    return float(raw)


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise FactsError("not yes or no")
    return raw
