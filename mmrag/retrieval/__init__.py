"""Retrieval: a question to ranked nodes."""
