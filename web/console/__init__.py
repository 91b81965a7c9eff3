"""The reviewers' console: its Flask pages, and two native endpoints for what must stream."""
