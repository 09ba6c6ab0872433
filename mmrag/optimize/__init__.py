"""Checkpoints in faster forms, checked against the original before they are used."""
