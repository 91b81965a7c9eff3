"""Sending files as a phone does: over tus, patiently, going on after any interruption."""

from tipline.send.state import SendState, SentFile
from tipline.send.transfer import Sender

__all__ = ["SendState", "Sender", "SentFile"]
