"""Bridges: media to text."""
