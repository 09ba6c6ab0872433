"""What many threads ask for one by one, computed together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 32
"""Items computed at once."""


class Gathering(Generic[Item, Result]):
    """Turns calls with one item from many threads into calls with several.

    One call computes at a time. Whoever comes meanwhile waits for its end, and the first of them
    then computes for all who wait, so that a lone caller never waits for company.

    Args:
        compute: the results of items, one each, in order.
    """

    def __init__(self, compute: Callable[[list[Item]], Sequence[Result]]) -> None:
        self._compute = compute
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._waiting: list[_Call[Item, Result]] = []

    def __call__(self, item: Item) -> Result:
        """The result of one item; raises what computing it alone raises."""
        call = _Call[Item, Result](item)
        with self._lock:
            self._waiting.append(call)
        with self._turn:
            if not call.results:
                self._compute_with(call)
        return call.results[0]

    def _compute_with(self, own: _Call[Item, Result]) -> None:
        with self._lock:
            self._waiting.remove(own)
            others = self._waiting[: MOST - 1]
        try:
            results = self._compute([own.item, *(call.item for call in others)])
        except Exception:  # another's item may be at fault, and each is to be told of its own
            if not others:
                raise
            results, others = self._compute([own.item]), []
        with self._lock:
            del self._waiting[: len(others)]
        for call, result in zip((own, *others), results, strict=True):
            call.results.append(result)


class _Call(Generic[Item, Result]):
    """One caller's item, and its result as soon as there is one."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.results: list[Result] = []
