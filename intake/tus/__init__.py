"""tus 1.0 (https://tus.io) as a native ASGI endpoint over the spool."""

from intake.tus.endpoint import PREFIX, TusEndpoint

__all__ = ["PREFIX", "TusEndpoint"]
