"""A camera as a sender: its stream as it is, in parts, for as long as its owner's consent lasts."""

from tipline.relay.camera import Source
from tipline.relay.relay import Relay

__all__ = ["Relay", "Source"]
