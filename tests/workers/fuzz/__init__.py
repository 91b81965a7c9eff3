"""Files of the corpus with mistakes in them, by the thousand: `make fuzz COUNT=2000 SEED=1`."""
