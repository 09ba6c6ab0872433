"""One owner per index directory, in this process and across processes."""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from weakref import WeakValueDictionary

import psutil
from filelock import FileLock, Timeout

from mmrag.errors import StoreError, StoreLocked

LOCK, OWNER = "lock", "lock.owner"
TOKENS = ("tokens.json", "tokens.lock")
"""Who may come in through the doors of a server; may be there before the index is."""

_open: WeakValueDictionary[Path, DirectoryLock] = WeakValueDictionary()
_opening = threading.Lock()


class DirectoryLock:
    """Holds a directory from construction to `release`.

    The lock is the operating system's, so a killed process leaves none behind; who holds it stands
    in a neighbour file, because opening a lock file truncates it.

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
                    f"{directory}: the index is in use by {_holder(self._path)}; "
                    "wait for it to end, or stop it, or work on a server with --qdrant URL"
                ) from None
            except OSError as error:
                raise StoreError(_refusal(directory, error)) from error
            with suppress(OSError):  # a full disk, of which the index itself has more to tell
                (self._path / OWNER).write_text(_myself(), encoding="utf-8")
            _open[self._path] = self

    def release(self) -> None:
        """Let the directory go; harmless when called again."""
        with _opening:
            if self._lock.is_locked:
                (self._path / OWNER).unlink(missing_ok=True)
                self._lock.release(force=True)
                _open.pop(self._path, None)


def _myself() -> str:
    program, *words = sys.argv or [""]
    # never more than a command's name: the words after it may be somebody's question
    name = Path(program).name if Path(program).name != "__main__.py" else "mmrag"  # python -m mmrag
    command = [name, *words[:1]] if words and words[0].isalpha() else []
    return json.dumps({"pid": os.getpid(), "since": time.time(), "command": " ".join(command)})


def _holder(directory: Path) -> str:
    """Who holds a directory, if what the file says can be so."""
    try:
        row = json.loads((directory / OWNER).read_text(encoding="utf-8"))
        pid, since, command = int(row["pid"]), float(row["since"]), str(row["command"])
        begun = psutil.Process(pid).create_time()
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return "another process"
    if begun > since + 1:  # the number was given to somebody else since
        return "another process"
    clock = datetime.fromtimestamp(since).strftime("%Y-%m-%d %H:%M")
    return f"{command or 'another process'} (pid {pid}) since {clock}"


def _refusal(directory: Path, error: OSError) -> str:
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"{directory}: the index cannot be written to ({error.strerror}), which its engine "
            "needs even to search; copy the directory to where you can write, and use --index COPY"
        )
    return f"{directory}: cannot lock the index: {error}"
