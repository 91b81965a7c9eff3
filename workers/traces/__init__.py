"""What the original tells and the copy does not, and where it seems to come from.

`look` and what it calls run inside the sandbox; `found` is their answer, checked again on the way in; `grade`
judges it, `stage` asks, seals and writes down.
"""
