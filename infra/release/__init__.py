"""Releases: what is checked, what is written down of them, what they are made of (docs/releasing.md)."""
