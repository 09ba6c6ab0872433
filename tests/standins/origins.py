"""Origins that misbehave in the process that reads, as a broken decoder would."""

from __future__ import annotations

import ctypes
import os
import time
from dataclasses import dataclass
from pathlib import Path

from mmrag.loaders.heartbeat import beat


class Crashes:
    """Reads memory that is not there."""

    def fetch(self, to: Path) -> None:
        ctypes.string_at(0)


class Exits:
    """Ends the process, as a library that calls exit() does."""

    def fetch(self, to: Path) -> None:
        os._exit(7)


class AsksToExit:
    """Raises what is not an Exception."""

    def fetch(self, to: Path) -> None:
        raise SystemExit("enough")


class Hangs:
    """Gives no sign of life."""

    def fetch(self, to: Path) -> None:
        while True:
            time.sleep(0.05)


@dataclass
class Slow:
    """Works on for long, and says so."""

    seconds: float

    def fetch(self, to: Path) -> None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            time.sleep(0.05)
            beat()
        to.write_text(f"It took {self.seconds} s.\n")


class Grows:
    """Takes memory without end."""

    def fetch(self, to: Path) -> None:
        held = []
        while True:
            held.append(bytearray(64 << 20))


class Prints:
    """Writes to the standard output, from Python and past it."""

    def fetch(self, to: Path) -> None:
        print("decoding...", flush=True)
        os.write(1, b"\x80\x05garbage")
        to.write_text("A text that came through.\n")


@dataclass(frozen=True)
class Waits:
    """Is there when a file is, which somebody else makes within five minutes."""

    gate: Path
    content: str = "It came late."

    def fetch(self, to: Path) -> None:
        until = time.monotonic() + 300
        while not self.gate.exists():
            if time.monotonic() > until:
                raise TimeoutError(f"nobody made {self.gate}")
            beat()
            time.sleep(0.05)
        to.write_text(self.content, encoding="utf-8")


class Poison:
    """Ends whatever process it is sent to, before anybody can look at it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (7,)

    def fetch(self, to: Path) -> None:
        raise AssertionError("nobody gets so far")
