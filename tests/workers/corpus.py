"""The corpus by its old name, for tests that ask for it here."""

from tests.media.corpus import Corpus
from tests.media.making import CANARY, FFMPEG, PLACE, ffmpeg
from tests.media.talkative import SECONDS, SEI_UUID

__all__ = ["CANARY", "FFMPEG", "PLACE", "SECONDS", "SEI_UUID", "Corpus", "ffmpeg"]
