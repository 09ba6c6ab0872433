"""Rerankers: exact second opinions on retrieved nodes. The first comes with calibrated fusion."""
