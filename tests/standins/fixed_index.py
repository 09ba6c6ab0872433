"""A stand-in of a hosted index, for tests only: says what it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from mmrag_connectors.hosting.hosted import HostedIndex


class FixedIndex(HostedIndex):
    """Gives what `results` has under the name of a call; raises what is an exception there.

    Attributes:
        starts: how often it was started.
    """

    def __init__(self, results: Mapping[str, object], refuses: Exception | None = None) -> None:
        self.results, self.refuses = results, refuses
        self.starts, self.closed = 0, False

    async def start(self) -> None:
        self.starts += 1
        if self.refuses is not None:
            raise self.refuses

    async def close(self) -> None:
        self.closed = True

    @property
    def ready(self) -> bool:
        return self.starts > 0

    async def call(self, name: str, *args: object) -> Any:
        result = self.results[name]
        if isinstance(result, Exception):
            raise result
        return result

    def stream(self, name: str, *args: object) -> AsyncIterator[Any]:
        raise NotImplementedError(name)
