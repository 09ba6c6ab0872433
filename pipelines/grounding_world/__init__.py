"""An invented world of facts that are easily taken for each other."""
