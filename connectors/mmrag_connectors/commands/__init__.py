"""The commands that the connectors add to `mmrag`: thin, and light to load."""
