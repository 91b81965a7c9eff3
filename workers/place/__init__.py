"""Where a sender of a broadcast said it was: taken for what it is, and handed on in others' formats."""
