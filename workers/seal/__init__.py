"""Seal: the received bytes go from the spool into the store, locked; then the spool lets them go."""
