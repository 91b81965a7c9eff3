"""The first copy that can be watched: the working copy itself where it is made at once, otherwise a small one
that plays while it is made.

`quick` is the small one's recipe, `pieces` finds what of it is whole, `growth` hands that on.
"""
