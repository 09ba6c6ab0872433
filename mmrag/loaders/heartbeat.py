"""A sign of life from whatever works on a file for long, so that slow is told from hung."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[], None] | None] = ContextVar("heartbeat", default=None)


def beat() -> None:
    """Say that the work goes on: once a page, a frame, a block of samples, a window of speech.

    A worker that is silent for `ingest.timeout_s` is taken for hung, so call it where a part of
    the file was really done, not in a loop that may spin.
    """
    listener = _listener.get()
    if listener is not None:
        listener()


@contextmanager
def heard_by(listener: Callable[[], None]) -> Iterator[None]:
    """Call `listener` at each beat within."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
