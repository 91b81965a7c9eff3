"""The clocks: what must happen although nobody asks. Every worker keeps them, and all ticks may run twice."""
