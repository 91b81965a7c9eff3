"""Strip, and prove it: what may stand in a working copy, as allowlists; anything else fails the copy."""
