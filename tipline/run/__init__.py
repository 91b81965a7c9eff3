"""The processes: each reads its settings, confines itself, and serves."""
