"""Rerankers: exact second opinions on retrieved nodes, and the gate that says if they help."""
