"""The id of the request that is being answered, wherever it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("mmrag_request_id", default="")


def request_id() -> str:
    """The id of the request that is being answered; empty outside of one."""
    return _current.get()


@contextmanager
def answering(id: str) -> Iterator[None]:
    """Answer the request with this id inside."""
    token = _current.set(id)
    try:
        yield
    finally:
        _current.reset(token)
