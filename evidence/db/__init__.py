"""Postgres: connections (`connect`), and the schema's migrations (`migrate`), which only operators import."""
