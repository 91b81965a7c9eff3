"""The whole of Tipline on one machine: embedded database and store, our processes, one supervisor."""
