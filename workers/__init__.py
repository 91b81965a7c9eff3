"""The pipeline and the clocks: seal, inspect, normalize, preview."""
