"""Text messages: what came, what goes out, and what became of it."""
