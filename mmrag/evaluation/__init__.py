"""Evaluation: how well an index finds what its labels say it should, and how its vectors lie."""
