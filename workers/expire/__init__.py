"""The deletion clock: a process of its own, since it alone may pass a lock by and delete what was sealed."""
