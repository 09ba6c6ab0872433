"""Room on the disk, asked for before the embedded engine writes.

The engine maps its files into memory. Where a file system has no block left for a mapped page, the
kernel ends the process with SIGBUS, which nothing can catch; so the engine must not get that far.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from mmrag.errors import StoreError

NEEDED_MB = 64
"""What one operation may take, with as much again to spare: a new log segment of 32 MB, and pages.

The directory of an empty index takes 38 MB.
"""


def check_room(directory: Path) -> None:
    """Raise StoreError if the file system of an existing directory is as good as full."""
    free = shutil.disk_usage(directory).free >> 20
    if free < NEEDED_MB:
        raise StoreError(
            f"{directory}: the disk is full: {free} MB are free there, writing needs {NEEDED_MB}; "
            "make room and run again, what was indexed before is kept"
        )
