"""Drift: whether what is new lies in its spaces as what an index holds does, without labels."""
