"""A live broadcast: a session of one tip, whose parts are ordinary uploads that staff watch while they grow.

The public door (`door`) opens and closes it; staff read and stop (`session`), ask (`prompt`), and send a
link (`link`).
"""

from evidence.live.keys import SessionKeys
from evidence.live.link import LiveLink
from evidence.live.session import How, LiveSession, Part, PartKind, Source, Why

__all__ = ["How", "LiveLink", "LiveSession", "Part", "PartKind", "SessionKeys", "Source", "Why"]
