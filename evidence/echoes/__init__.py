"""Echoes: media that hold the same pictures or the same sound as another's, suggested and never merged.

`prints` are the fingerprints, `pictures` and `sound` compare two recordings, `index` finds whom to compare
with, `lookup` does both for a new media and writes down what comes of it, `echo` is what staff do with it.
"""

from evidence.echoes.echo import Echo, dismiss, of_tips, others_of_tips, restore
from evidence.echoes.lookup import Candidates, Look, compare, recipe_of, seek, write_down
from evidence.echoes.prints import Origin, PicturePrint, Prints

__all__ = [
    "Candidates",
    "Echo",
    "Look",
    "Origin",
    "PicturePrint",
    "Prints",
    "compare",
    "dismiss",
    "of_tips",
    "others_of_tips",
    "recipe_of",
    "restore",
    "seek",
    "write_down",
]
