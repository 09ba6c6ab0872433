"""Embedding quality: how the vectors of an index lie, without any labels."""
