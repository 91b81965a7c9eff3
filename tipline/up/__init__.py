"""The whole of Tipline on one machine: embedded database and store, three processes, one supervisor."""
