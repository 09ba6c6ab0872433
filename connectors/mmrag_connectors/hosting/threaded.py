"""A hosted index in this process: for one's own program, and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from mmrag import Settings
from mmrag.errors import StoreError
from mmrag_connectors.hosting.crew import Crew, Ended
from mmrag_connectors.hosting.desk import Desk
from mmrag_connectors.hosting.hosted import HostedIndex


class ThreadedIndex(HostedIndex):
    """An index asked in threads.

    The embedded engine holds the interpreter in each of its calls, so an event loop beside it
    stutters; `ProcessIndex` is for servers.

    Args:
        settings: name the index and its models.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._crew: Crew | None = None

    async def start(self) -> None:
        """Open the index and load its models."""
        self._crew = Crew(await asyncio.to_thread(Desk, self._settings))

    async def close(self) -> None:
        """End what is running, flush, and let go of the index."""
        crew, self._crew = self._crew, None
        if crew is not None:
            await asyncio.to_thread(crew.close)

    @property
    def ready(self) -> bool:
        """Whether the index is open."""
        return self._crew is not None

    async def call(self, name: str, *args: object) -> Any:  # noqa: ANN401  (each has its own)
        """The result of a method of `Desk`."""
        return await asyncio.wrap_future(self._working().call(name, args))

    async def stream(self, name: str, *args: object) -> AsyncIterator[Any]:
        """What a generator method of `Desk` yields."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[object] = asyncio.Queue()

        def put(item: object) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        stop = self._working().stream(name, args, put)
        try:
            while not isinstance(item := await queue.get(), Ended):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            stop.set()

    def _working(self) -> Crew:
        if self._crew is None:
            raise StoreError("the index is not open yet, or closed already; try again in a moment")
        return self._crew
