"""An invented world of facts that are easily taken for each other; written by make_grounding_world.py."""
