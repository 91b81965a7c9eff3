"""Resumable uploads for HTTP (draft-ietf-httpbis-resumable-upload), over the spool."""

from intake.resumable.endpoint import ResumableEndpoint

__all__ = ["ResumableEndpoint"]
