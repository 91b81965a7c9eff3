"""Live, as staff see it: the wall, one session at large, and the bytes as they come in."""
