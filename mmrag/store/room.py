"""Room on the disk, asked for before the embedded engine opens or writes.

The engine maps its files into memory. Where a file system has no block left for a mapped page, the
kernel ends the process with SIGBUS, which nothing can catch; so the engine must not get that far.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from mmrag.errors import StoreError

NEEDED_MB = 64
"""What one operation may take, with as much again to spare: a log segment of 32 MB, and pages.

Opening makes such a segment too, and an empty index takes 38 MB.
"""


def check_room(directory: Path) -> None:
    """Raise StoreError if the file system of an existing directory is as good as full."""
    free = shutil.disk_usage(directory).free >> 20
    if free < NEEDED_MB:
        raise StoreError(
            f"{directory}: the disk is full: {free} MB are free there, an index needs {NEEDED_MB} "
            "to be opened or written to; make room and run again, what is indexed is kept"
        )
