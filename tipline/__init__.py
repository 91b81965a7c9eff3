"""The composition root: the command line, and running everything on one machine."""
