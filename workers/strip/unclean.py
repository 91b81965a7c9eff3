"""The one way a proof ends badly."""


class UncleanError(Exception):
    """A copy holds something that is not on the list; the message names the place, never the content."""
