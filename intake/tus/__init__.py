"""tus 1.0 (https://tus.io), over the spool."""

from intake.tus.endpoint import TusEndpoint

__all__ = ["TusEndpoint"]
