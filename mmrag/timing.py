"""How long each step of a command takes, where somebody wants to know; otherwise nothing is kept.

A step is timed where it is done, by `timed`, and counted for whoever is `recording` around it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
Path = tuple[str, ...]


@dataclass
class Spent:
    """What a step took, all its turns together."""

    seconds: float = 0.0
    times: int = 0


@dataclass
class Timings:
    """Steps by where they were done: a step's own name last, before it those around it.

    They stand in the order in which they began.
    """

    steps: dict[Path, Spent] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    timings: Timings
    within: Path


_place: ContextVar[_Place | None] = ContextVar("mmrag_timing", default=None)


@contextmanager
def recording() -> Iterator[Timings]:
    """Collect what is timed within, in this thread and in those that take its context along."""
    timings = Timings()
    token = _place.set(_Place(timings, ()))
    try:
        yield timings
    finally:
        _place.reset(token)


def is_recording() -> bool:
    """Whether anybody wants to know."""
    return _place.get() is not None


@contextmanager
def timed(step: str) -> Iterator[None]:
    """Count the time within as that of a step; also a decorator. Not for what yields within."""
    place = _place.get()
    if place is None:
        yield
        return
    path = (*place.within, step)
    spent = place.timings.steps.setdefault(path, Spent())
    token = _place.set(_Place(place.timings, path))
    started = time.perf_counter()
    try:
        yield
    finally:
        spent.seconds += time.perf_counter() - started
        spent.times += 1
        _place.reset(token)


def timed_each(step: str, items: Iterable[T]) -> Iterator[T]:
    """The items; counts the time until each one comes, not what is done with it."""
    waiting = iter(items)
    while True:
        with timed(step):
            try:
                item = next(waiting)
            except StopIteration:
                return
        yield item
