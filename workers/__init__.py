"""The pipeline and the clocks: seal, inspect, preview, watch, survey, normalize."""
