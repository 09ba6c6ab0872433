"""Room on the disk, asked for before the embedded engine opens or writes.

The engine maps its files into memory. Where a file system has no block left for a mapped page, the
kernel ends the process with SIGBUS, which nothing can catch; so the engine must not get that far.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from mmrag import systems
from mmrag.errors import StoreError

NEEDED_MB = 64
"""What one operation may take, with as much again to spare: a log segment of 32 MB, and pages.

Opening makes such a segment too, and an empty index takes 38 MB.
"""


def check_room(directory: Path, *, beside: Path | None = None) -> None:
    """Raise StoreError if the file system of an existing directory is as good as full.

    Args:
        beside: a folder that is to be made a second time before the first is deleted.
    """
    free = shutil.disk_usage(directory).free >> 20
    if free < NEEDED_MB:
        raise StoreError(
            f"{directory}: the disk is full: {free} MB are free there, an index needs {NEEDED_MB} "
            "to be opened or written to; make room and run again, what is indexed is kept"
        )
    copy = NEEDED_MB + ((disk_bytes(beside) >> 20) + 1 if beside else 0)
    if free < copy:
        raise StoreError(
            f"{directory}: {free} MB are free on the disk, and {copy} are needed to build the "
            "index anew beside itself; make room and run again, nothing was changed"
        )


def disk_bytes(folder: Path) -> int:
    """What the files below a folder really take; the engine's have holes."""
    return sum(systems.disk_bytes(f.stat()) for f in folder.rglob("*") if f.is_file())
