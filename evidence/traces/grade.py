"""What a file looks like by the clues in it: a grade for staff, and never a proof.

Everything it goes by can be forged with a free program. So a grade is worded as what the file looks like.
"""

import re
from collections.abc import Collection

from evidence.traces.kinds import Clue, Grade

_SCREEN: frozenset[Clue] = frozenset({"screen_recorder", "recorder_name"})
_PASSED_ON: frozenset[Clue] = frozenset(
    {
        *("whatsapp", "telegram", "signal", "facebook", "tiktok", "ffmpeg", "video_site", "editor"),
        *("messenger_size", "messenger_name"),
    }
)
_RECORDERS = re.compile(
    r"^(screen[ _-]?rec|screenshot|rpreplay|bildschirm|xrecorder|scrcpy|screen-\d{8})", re.IGNORECASE
)
_MESSENGERS = re.compile(
    r"^(?:(?:img|vid|aud|ptt|stk)-\d{8}-wa\d{4}|whatsapp |signal-\d{4}-|received_\d{6,}|fb_(?:img|vid)_"
    r"|snapchat-\d|telegram|(?:video|photo)_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d|ssstik|snaptik|tiktok)",
    re.IGNORECASE,
)


def grade_of(clues: Collection[Clue]) -> Grade:
    """What a file looks like; the most telling clue decides."""
    if not _SCREEN.isdisjoint(clues):
        return "screen recording"
    if not _PASSED_ON.isdisjoint(clues):
        return "re-encoded"
    return "original" if "camera" in clues else "unknown"


def clues_in_name(name: str) -> set[Clue]:
    """What a file's name gives away. Only who may read names can ask: the worker cannot."""
    if _RECORDERS.match(name):
        return {"recorder_name"}
    return {"messenger_name"} if _MESSENGERS.match(name) else set()
