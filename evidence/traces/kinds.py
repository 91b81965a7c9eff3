"""The words in which a trace may be spoken of in clear. Pure: the sandboxed look speaks them as well."""

from typing import Literal, get_args

Kind = Literal["place", "device", "time", "software", "person", "hidden footage"]
Grade = Literal["original", "re-encoded", "screen recording", "unknown"]
Clue = Literal[
    "camera", "no_tags", "messenger_size", "messenger_name", "recorder_name", "screen_recorder", "whatsapp",
    "telegram", "signal", "facebook", "tiktok", "ffmpeg", "video_site", "editor",
]  # fmt: skip
ClockGrade = Literal["none", "fits", "older", "ahead"]
"""What the file's own time is beside its arrival: within the day before it, earlier, or later."""
Manifest = Literal["none", "intact", "altered", "elsewhere", "unreadable"]
"""A C2PA manifest: its signature holds and fits the file, does not, lies at an address nobody asked."""

KINDS: tuple[Kind, ...] = get_args(Kind)
CLUES: tuple[Clue, ...] = get_args(Clue)
MANIFESTS: tuple[Manifest, ...] = get_args(Manifest)
