"""Abuse, without barring honest people: who calls, how much they may, a reserve of disk, a proof of work."""

from intake.guard.guard import Guard

__all__ = ["Guard"]
