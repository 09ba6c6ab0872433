"""Indexing runs that are cut off: killed, stopped by a signal, or out of disk.

`python -m crash.kills` kills many; the tests here, a handful.
"""
