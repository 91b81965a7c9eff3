"""A whole tip as a browser without JavaScript posts it: read, kept and opened at once."""

from intake.form.endpoint import FormEndpoint

__all__ = ["FormEndpoint"]
