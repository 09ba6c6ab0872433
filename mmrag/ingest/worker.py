"""A process that reads files for another one, so that a decoder may crash, hang or grow.

It takes jobs on its standard input and answers on its standard output, in pickles: `None` is a sign
of life, a `Read` or an error of mmrag the result. A pool of the standard library would import the
caller's script anew in each process, and lose every job in hand when one process dies.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import BinaryIO

from mmrag.errors import LoadError, MmragError
from mmrag.ingest.reading import Read, ReadOptions, read
from mmrag.ingest.scan import SourceFile
from mmrag.loaders.heartbeat import heard_by

BEAT_S = 0.5
"""Signs of life are passed on this often at most."""

Job = tuple[SourceFile, ReadOptions]


def main() -> None:
    """Answer jobs until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answers = _own_output()
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(sys.stdin.buffer, jobs), daemon=True).start()
    last = 0.0
    _send(answers, None)

    def alive() -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= BEAT_S:
            last = now
            _send(answers, None)

    while True:
        file, options = jobs.get()
        _limit(options.memory_mb)
        with heard_by(alive):
            _send(answers, _answer(file, options))


def _answer(file: SourceFile, options: ReadOptions) -> Read | MmragError:
    try:
        return read(file, options)
    except MmragError as exc:
        return exc
    except BaseException as exc:  # noqa: BLE001  (a decoder may even ask the process to exit)
        reason = f"could not be read: {type(exc).__name__}: {exc}"
        return Read(file, error=LoadError(file.source, reason))


def _take(source: BinaryIO, jobs: queue.SimpleQueue[Job]) -> None:
    """Hand on jobs; when the parent is gone, stop at once, whatever is being decoded."""
    while True:
        try:
            jobs.put(pickle.load(source))
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)


def _own_output() -> BinaryIO:
    """The standard output for answers alone: what libraries print must not come between them."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _send(answers: BinaryIO, answer: Read | MmragError | None) -> None:
    pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()


def _limit(memory_mb: int) -> None:
    """Bound the address space, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = memory_mb << 20
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with suppress(ValueError, OSError):  # macOS has the limit and does not take it
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
