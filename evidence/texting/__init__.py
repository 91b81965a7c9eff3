"""Text messages: what came, what goes out, and what became of it."""

from evidence.texting.outbox import Progress, handle_of, progress, send

__all__ = ["Progress", "handle_of", "progress", "send"]
