"""The people on the staff side: who they are, what each may do, and how they sign in."""
