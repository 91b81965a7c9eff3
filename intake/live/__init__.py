"""Broadcasts at the public door: opened, kept alive and ended here; their bytes come in at `/files/`."""

from intake.live.endpoint import PREFIX, LiveEndpoint

__all__ = ["PREFIX", "LiveEndpoint"]
