"""Processes that read files: kept for the next run, replaced when they crash or hang."""

from __future__ import annotations

import atexit
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

from mmrag.errors import LoadError, MmragError
from mmrag.ingest.reading import Read, ReadOptions
from mmrag.ingest.scan import SourceFile

IDLE_S = 60.0
"""How long a process waits for another run before it goes; it holds some 150 MB."""
WATCH_S = 0.2
START_S = 120.0
"""A process loads its libraries for some seconds, on a busy machine for many."""


class Worker:
    """One reading process, and the pipes to it. One thread at a time may use it."""

    def __init__(self) -> None:
        # the child finds modules where this process does, however its path was made
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; from mmrag.ingest.worker import main; main()"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what decoders mutter; what matters is in the answers
        )
        self._heard = 0.0
        self._timeout: float | None = None
        self._hung = self._ready = self._stopped = False
        self.since = 0.0
        threading.Thread(target=self._watch, name="mmrag-watch", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def read(self, file: SourceFile, options: ReadOptions) -> Read:
        """What the process makes of a file; its death is the file's fault.

        Raises:
            MmragError: what concerns every file.
        """
        assert self._process.stdin and self._process.stdout
        self._start()
        self._heard, self._timeout = time.monotonic(), options.timeout_s
        try:
            pickle.dump((file, options), self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            while (answer := pickle.load(self._process.stdout)) is None:
                self._heard = time.monotonic()
        except (EOFError, OSError, pickle.UnpicklingError):
            return Read(file, error=LoadError(file.source, self._obituary(options)))
        finally:
            self._timeout = None
        if isinstance(answer, MmragError):
            raise answer
        read: Read = answer
        read.file = file
        return read

    def _start(self) -> None:
        """Wait for the first sign of life: libraries are loaded then, and time counts for files."""
        assert self._process.stdout
        if self._ready:
            return
        self._heard, self._timeout = time.monotonic(), START_S
        try:
            pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as exc:
            if self._stopped:
                return
            raise MmragError(
                f"a process that reads files cannot be started ({self._death()}); "
                f"ingest.workers=0 reads in this one"
            ) from exc
        self._ready = True

    def stop(self) -> None:
        """End the process now."""
        self._stopped = True
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _watch(self) -> None:
        while self.alive:
            timeout = self._timeout  # read once: it goes when the file is done
            if timeout is not None and time.monotonic() - self._heard > timeout:
                self._hung = True
                self._process.kill()
            time.sleep(WATCH_S)

    def _obituary(self, options: ReadOptions) -> str:
        death = self._death()
        if self._hung:
            return f"its reader gave no sign of life for {options.timeout_s:g} s and was stopped"
        return f"its reader crashed ({death})"

    def _death(self) -> str:
        code = self._process.wait()
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class _Idle:
    """Processes that wait for a run."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self._sweeping = False

    def take(self) -> Worker:
        """One that waits, or a new one."""
        with self._lock:
            while self._workers:
                worker = self._workers.pop()
                if worker.alive:
                    return worker
        return Worker()

    def give(self, worker: Worker) -> None:
        """Let it wait; after IDLE_S it goes."""
        worker.since = time.monotonic()
        with self._lock:
            self._workers.append(worker)
            if not self._sweeping:
                self._sweeping = True
                threading.Thread(target=self._sweep, name="mmrag-sweep", daemon=True).start()

    def stop_all(self) -> None:
        """End them all."""
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.stop()

    def _sweep(self) -> None:
        while True:
            time.sleep(IDLE_S / 4)
            with self._lock:
                old = [w for w in self._workers if time.monotonic() - w.since > IDLE_S]
                self._workers = [w for w in self._workers if w not in old]
                self._sweeping = bool(self._workers)
                going_on = self._sweeping
            for worker in old:
                worker.stop()
            if not going_on:
                return


_idle = _Idle()
atexit.register(_idle.stop_all)


def stop_idle() -> None:
    """End the processes that wait for another run."""
    _idle.stop_all()


class WorkerSlot:
    """One process after the other, as they crash."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Have a process ready; it loads its libraries meanwhile."""
        with self._lock:
            if not self._stopped and (self._worker is None or not self._worker.alive):
                self._worker = _idle.take()

    def read(self, file: SourceFile, options: ReadOptions) -> Read:
        """Read a file in the process, in a new one if it is gone."""
        self.start()
        worker = self._worker
        if worker is None or self._stopped:
            return Read(file, error=LoadError(file.source, "was not read: the run was stopped"))
        return worker.read(file, options)

    def stop(self) -> None:
        """End the process now, in the middle of a file, from any thread."""
        with self._lock:
            self._stopped = True
            if self._worker is not None:
                self._worker.stop()

    def give_back(self) -> None:
        """Let another run have the process."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None and worker.alive:
            _idle.give(worker)
