"""What a file holds beside what its copy shows, in plain words: nothing is left out without a word."""

from collections import Counter
from collections.abc import Mapping

_WORDS = {
    "audio": ("another sound", "{} other sounds"),
    "video": ("another film or a cover picture", "{} other films or cover pictures"),
    "picture": ("another picture", "{} other pictures"),
    "subtitle": ("subtitles", "{} tracks of subtitles"),
    "attachment": ("an attached file", "{} attached files"),
}
_ELSE = ("a track of data", "{} tracks of data")
_MOTION_PHOTO = "video:motion photo"


def left_out(facts: Mapping[str, object] | None) -> list[str]:
    """What only the original has, most telling first.

    The facts of a media name each stream as `kind:coding`; `picture:N` stands for N pictures.
    """
    named = (facts or {}).get("left_out")
    streams = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    counts: Counter[str] = Counter()
    for kind, _, what in (name.partition(":") for name in streams if name != _MOTION_PHOTO):
        number = int(what) if kind == "picture" and what.isdecimal() else 1
        counts[kind if kind in _WORDS else ""] += number
    said = ["a short film (Motion Photo)"] if _MOTION_PHOTO in streams else []
    for kind in (*_WORDS, ""):
        one, several = _WORDS.get(kind, _ELSE)
        if counts[kind]:
            said.append(one if counts[kind] == 1 else several.format(counts[kind]))
    return said
