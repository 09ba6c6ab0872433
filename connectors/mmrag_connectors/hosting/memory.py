"""Memory that an indexing job took, given back to the system: a server lives long after it."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

from mmrag.ingest.pool import stop_idle

ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""Environment of a process that holds an index. Each thread of glibc's has an arena of its own
otherwise, and what a batch took in one of them is of no use to the next, in another."""


def give_back() -> None:
    """End processes that wait for files to read, and return freed memory, where glibc keeps it."""
    stop_idle()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)
