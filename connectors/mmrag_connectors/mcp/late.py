"""An index that opens while its server is talking already, and again when that failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from mmrag.errors import MmragError, StoreLocked
from mmrag_connectors.hosting.hosted import HostedIndex


class LateIndex(HostedIndex):
    """Opens behind `start`, which returns at once; calls wait for it.

    When the index could not be opened, the next call tries again: what held it may have ended.

    Args:
        make: makes the hosted index, not started yet.
    """

    def __init__(self, make: Callable[[], HostedIndex]) -> None:
        self._make = make
        self._opening: asyncio.Task[HostedIndex] | None = None

    async def start(self) -> None:
        """Begin to open it."""
        self._opening = asyncio.create_task(self._open())

    async def close(self) -> None:
        """Let go of it, or stop opening it."""
        opening, self._opening = self._opening, None
        if opening is None:
            return
        with suppress(MmragError):
            await (await opening).close()

    @property
    def ready(self) -> bool:
        """Whether it is open."""
        opening = self._opening
        return opening is not None and opening.done() and not _failed(opening)

    async def call(self, name: str, *args: Any) -> Any:  # noqa: ANN401  (each call has its own)
        """The result of a method of `Desk`, once it is open."""
        return await (await self._opened()).call(name, *args)

    async def stream(self, name: str, *args: Any) -> AsyncIterator[Any]:
        """What a generator method of `Desk` yields, once it is open."""
        async for part in (await self._opened()).stream(name, *args):
            yield part

    async def _opened(self) -> HostedIndex:
        if self._opening is None or (self._opening.done() and _failed(self._opening)):
            self._opening = asyncio.create_task(self._open())
        # one who stops waiting does not stop the opening, for which others may wait
        return await asyncio.shield(self._opening)

    async def _open(self) -> HostedIndex:
        hosted = await asyncio.to_thread(self._make)  # which imports much
        try:
            await hosted.start()
        except StoreLocked as exc:
            raise StoreLocked(
                f"{exc}; if that is mmrag serve, let the agent connect to its /mcp instead"
            ) from exc
        return hosted


def _failed(opening: asyncio.Task[HostedIndex]) -> bool:
    return opening.cancelled() or opening.exception() is not None
