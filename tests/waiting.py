"""Waiting that ends: what another thread or process does takes its time, but not all time."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PATIENCE_S = 120.0


class Patience:
    """How long a loop may wait for something: `while not there() and patience.lasts(): ...`."""

    def __init__(self, what: str, seconds: float = PATIENCE_S) -> None:
        self._what, self._seconds = what, seconds
        self._end = time.monotonic() + seconds

    def lasts(self) -> bool:
        """True; when it is over, the test fails and says what was waited for."""
        if time.monotonic() > self._end:
            pytest.fail(f"waited {self._seconds:g} s for {self._what}")
        return True


def join(thread: threading.Thread, seconds: float = PATIENCE_S) -> None:
    """Wait for the end of a thread, as long as that is reasonable."""
    thread.join(seconds)
    assert not thread.is_alive(), f"{thread.name} still runs after {seconds:g} s"


@contextmanager
def mortal(process: subprocess.Popen[Any], seconds: float = 300.0) -> Iterator[None]:
    """Kill a process that is there for so long: reading its pipes ends then, with nothing."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
