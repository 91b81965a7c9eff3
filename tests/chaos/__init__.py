"""The whole installation, in use, while a seeded hand kills, stops, fills and refuses. `make chaos`."""
