"""Fingerprints of what a media shows and sounds like, so that the same recording sent twice is noticed.

Of pictures and of sound, never of people: a fingerprint says how light is spread over a whole picture, or
which notes a moment is made of, and two recordings of one person have nothing in common by it.

`recipe` writes the command lines, `photo` runs inside the sandbox, `make` runs either and checks what comes
out, `grey` and `cosine` turn grey frames into fingerprints, `take` is what a stage calls.
"""
