"""The SMS door: a process of its own. It alone holds the carrier's token and the keys of the number vault."""
