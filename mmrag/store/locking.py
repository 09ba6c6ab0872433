"""One owner per index directory, in this process and across processes."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from weakref import WeakValueDictionary

from filelock import FileLock, Timeout

from mmrag.errors import StoreError, StoreLocked

LOCK, OWNER = "lock", "lock.owner"

_open: WeakValueDictionary[Path, DirectoryLock] = WeakValueDictionary()
_opening = threading.Lock()


class DirectoryLock:
    """Holds a directory from construction to `release`.

    The lock is the operating system's, so a killed process leaves none behind; its number stands in
    a neighbour file, because opening a lock file truncates it.

    Args:
        directory: an existing directory.

    Raises:
        StoreLocked: somebody holds the directory.
        StoreError: the lock file cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory.resolve()
        # Handles travel between threads: a lock bound to one could not be released by another.
        self._lock = FileLock(self._path / LOCK, timeout=0, thread_local=False)
        with _opening:
            if self._path in _open:
                raise StoreLocked(
                    f"{directory}: this process (pid {os.getpid()}) has the index open already; "
                    "use that handle, or close it first"
                )
            try:
                self._lock.acquire()
            except Timeout:
                raise StoreLocked(
                    f"{directory}: the index is in use by {_owner(self._path)}; "
                    "wait for it to end, or stop it, or work on a server with --qdrant URL"
                ) from None
            except OSError as error:
                raise StoreError(f"{directory}: cannot lock the index: {error}") from error
            (self._path / OWNER).write_text(f"{os.getpid()}\n", encoding="ascii")
            _open[self._path] = self

    def release(self) -> None:
        """Let the directory go; harmless when called again."""
        with _opening:
            if self._lock.is_locked:
                (self._path / OWNER).unlink(missing_ok=True)
                self._lock.release(force=True)
                _open.pop(self._path, None)


def _owner(directory: Path) -> str:
    try:
        pid = (directory / OWNER).read_text(encoding="ascii").strip()
    except OSError:
        return "another process"
    return f"another process (pid {pid})"
