"""Processes for runs, forked from one that has imported everything: imports take seconds."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from types import TracebackType

import psutil

from crash.driver import Run, carry_out

TESTS = Path(__file__).resolve().parents[1]
MARK = "CRASH_NURSERY"
"""A variable of the environment that a nursery's processes and their workers share."""
PATIENCE_S = 120.0


def serve() -> None:
    """Fork a process for every run on the standard input; tell its number, then its exit code."""
    while True:
        try:
            run: Run = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = carry_out(run)
            finally:
                os._exit(code)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


class Nursery:
    """Runs command lines, one after the other. Use it as a context manager."""

    def __init__(self) -> None:
        self._mark = uuid.uuid4().hex
        path = os.pathsep.join(map(str, (TESTS.parent, TESTS, TESTS.parent / "connectors")))
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from crash.nursery import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # what was read ahead, select would not tell of
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", MARK: self._mark},
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate(timeout=PATIENCE_S)

    def run(self, run: Run, *, kill_after_s: float | None = None) -> int:
        """Run a command line to its end, or kill it after some time; returns its exit code."""
        assert self._process.stdin and self._process.stdout
        pickle.dump(run, self._process.stdin)
        self._process.stdin.flush()
        child = self._told(PATIENCE_S)
        assert child is not None, "no process was begun"
        wait = PATIENCE_S if kill_after_s is None else kill_after_s
        if (code := self._told(wait)) is None:
            os.kill(child, signal.SIGKILL)
            code = self._told(PATIENCE_S)
        assert code is not None, "a process that was killed has not ended"
        return code

    def _told(self, patience_s: float) -> int | None:
        """The next number that is told; None if there is none in that time."""
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], patience_s)[0]:
            return None
        return int(self._process.stdout.readline())

    def left_running(self) -> int:
        """How many processes of ended runs, such as workers, do not end by themselves."""
        found = [p for p in psutil.process_iter() if self._is_ours(p)]
        _, alive = psutil.wait_procs(found, timeout=15)
        for process in alive:
            process.kill()
        return len(alive)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            ours = process.environ().get(MARK) == self._mark
        except psutil.Error:
            return False
        return ours and process.pid != self._process.pid
