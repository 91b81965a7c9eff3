"""Postgres: connections, and the schema's migrations."""

from evidence.db.connect import connect, open_pool
from evidence.db.migrate import ROLES, migrate

__all__ = ["ROLES", "connect", "migrate", "open_pool"]
