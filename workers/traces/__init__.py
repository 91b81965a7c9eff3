"""What the original tells and the copy does not, and where it seems to come from.

`look` and what it calls run inside the sandbox; `found` is their answer, checked again on the way in; `clock`
sets its time beside the arrival, `stage` asks, seals and writes down.
"""
