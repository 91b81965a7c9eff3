"""Investigations: the agency's own cases, the tips attached to them, and notes."""
