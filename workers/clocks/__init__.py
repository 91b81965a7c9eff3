"""The clocks: what must happen although nobody asks. Each ticks in one worker at a time."""
