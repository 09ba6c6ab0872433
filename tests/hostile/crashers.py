"""What a decoder can do to the process that reads: raise what nobody expects, abort, never end.

`Does(name)` is an origin, so that a reading process does it when it fetches the file.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mmrag.loaders.heartbeat import beat


def _aborts() -> None:
    os.abort()


def _is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _spins() -> None:
    while True:
        pass


def _spins_alive() -> None:
    while True:
        beat()


def _recurses() -> None:
    _recurses()


def _prints() -> None:
    for _ in range(2000):
        os.write(1, b"noise on stdout\n" * 10)
        os.write(2, b"noise on stderr\n" * 10)
    raise ValueError("noise")


def _raises(error: BaseException) -> Callable[[], None]:
    def crash() -> None:
        raise error

    return crash


CRASHES: dict[str, Callable[[], None]] = {
    "abort": _aborts,
    "killed": _is_killed,
    "spin": _spins,
    "spin alive": _spins_alive,
    "recursion": _recurses,
    "printing": _prints,
    "system exit": _raises(SystemExit(3)),
    "interrupt": _raises(KeyboardInterrupt()),
    "generator exit": _raises(GeneratorExit()),
    "stop iteration": _raises(StopIteration()),
    "memory": _raises(MemoryError()),
    "assertion": _raises(AssertionError()),
    "system error": _raises(OSError(5, "Input/output error", "/a/path/of/this/machine")),
    "many lines": _raises(ValueError("first line\nsecond \x1b[2J line\n" + "long " * 1000)),
    "half a pair": _raises(ValueError("half \ud800 of a pair")),
}
"""By name. Those that end the process, or never end, are in ENDLESS and FATAL, too."""

FATAL, ENDLESS = ("abort", "killed"), ("spin", "spin alive")


@dataclass(frozen=True)
class Does:
    """An origin that does what is called `what`."""

    what: str

    def fetch(self, to: Path) -> None:
        """Do it."""
        CRASHES[self.what]()
