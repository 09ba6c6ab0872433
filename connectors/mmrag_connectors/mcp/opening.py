"""An index that opens while its server is talking already, and again when that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from mmrag.errors import MmragError, StoreLocked

if TYPE_CHECKING:
    from mmrag_connectors.hosting.hosted import HostedIndex


class Opening:
    """Opens an index behind `start`, which returns at once.

    Args:
        make: makes the hosted index, not started yet; called in a thread.
    """

    def __init__(self, make: Callable[[], HostedIndex]) -> None:
        self._make = make
        self._task: asyncio.Task[HostedIndex] | None = None

    def start(self) -> None:
        """Begin to open it."""
        self._task = asyncio.create_task(self._open())

    async def opened(self) -> HostedIndex:
        """The index, once it is open.

        When it could not be opened, the next call tries again: what held it may have ended.

        Raises:
            MmragError: it cannot be opened.
        """
        if self._task is None or _failed(self._task):
            self.start()
        assert self._task is not None
        # one who stops waiting does not stop the opening, for which others may wait
        return await asyncio.shield(self._task)

    async def close(self) -> None:
        """Let go of it, as soon as it is open."""
        task, self._task = self._task, None
        if task is not None:
            with suppress(MmragError):  # whoever asked was told
                await (await task).close()

    async def _open(self) -> HostedIndex:
        hosted = await asyncio.to_thread(self._make)
        try:
            await hosted.start()
        except StoreLocked as exc:
            raise StoreLocked(
                f"{exc}; if that is mmrag serve, let the agent connect to its /mcp instead"
            ) from exc
        return hosted


def _failed(task: asyncio.Task[HostedIndex]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
