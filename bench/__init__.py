"""Our upload endpoint beside its peer and the limits of the machine: `make bench`, or `python -m bench`.

Every figure is taken in one run from both sides by the same senders, and told as a ratio: machines differ
and are shared, so that a rate alone says little.
"""
