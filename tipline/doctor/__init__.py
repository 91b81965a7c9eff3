"""Looking a running installation over, as a doctor does: what is well, what is not, and what to do about it.

Each check is a function of what it looks at (a directory, a connection, an address), and answers a finding.
"""
