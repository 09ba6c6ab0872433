"""Indexing on Ray: files are read and embedded on several machines, and written to a server."""

from mmrag_connectors.ray.intake import engine

__all__ = ["engine"]
