"""How busy each stage of a run is, and which one holds the others up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stage:
    """One stage: what it has done, and for how long it was at work.

    Attributes:
        unit: what it counts.
        width: how many work in it at once.
    """

    name: str
    unit: str
    width: int = 1
    done: int = 0
    busy_s: float = 0.0

    @contextmanager
    def working(self, count: int) -> Iterator[None]:
        """Count `count` units and the time within."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.busy_s += time.perf_counter() - started
            self.done += count


@dataclass
class Stages:
    """The stages of a run, in order."""

    read: Stage = field(default_factory=lambda: Stage("read", "files"))
    embed: Stage = field(default_factory=lambda: Stage("embed", "passages"))
    write: Stage = field(default_factory=lambda: Stage("write", "passages"))
    started: float = field(default_factory=time.perf_counter)

    def __iter__(self) -> Iterator[Stage]:
        return iter((self.read, self.embed, self.write))

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return max(1e-3, time.perf_counter() - self.started)

    def share(self, stage: Stage) -> float:
        """The part of the time so far that a stage was at work, 0..1."""
        return min(1.0, stage.busy_s / stage.width / self.seconds)

    def as_dict(self, stage: Stage) -> dict[str, float | str]:
        """What a stage has done, how fast while it was at work, and how much of the time it was."""
        rate = stage.done / stage.busy_s * stage.width if stage.busy_s else 0.0
        facts = {"done": stage.done, "per_s": round(rate, 1), "busy": round(self.share(stage), 3)}
        return {"unit": stage.unit, **facts}

    @property
    def bottleneck(self) -> Stage:
        """The stage that is at work the most; the others wait for it."""
        return max(self, key=self.share)
