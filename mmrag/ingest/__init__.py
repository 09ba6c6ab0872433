"""Ingest: files to points, and an index that follows its folder."""
