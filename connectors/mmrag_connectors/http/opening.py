"""An index is opened while the server answers already, for that takes as long as models load."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from mmrag import MmragError
from mmrag_connectors.hosting.hosted import HostedIndex

LOG = logging.getLogger(__name__)


class Opening:
    """Opens an index in the background and closes it again, as an async context manager.

    One that is open already is somebody else's and left alone.

    Attributes:
        failure: why it could not be opened.
    """

    def __init__(self, hosted: HostedIndex) -> None:
        self._hosted = hosted
        self._task: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self.failure: Exception | None = None

    async def __aenter__(self) -> Opening:
        if self._hosted.ready:
            self._ended.set()
        else:
            self._task = asyncio.create_task(self._open())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._hosted.close()

    async def wait(self) -> None:
        """Until the index is open. Raises what keeps it from being opened."""
        await self._ended.wait()
        if self.failure:
            raise self.failure

    @property
    def reason(self) -> str:
        """Why the index cannot be asked. Anybody is told, so it has no details."""
        if self.failure:
            return "the index cannot be opened; the log says why"
        return "the index has gone away" if self._ended.is_set() else "the index is being opened"

    async def _open(self) -> None:
        try:
            await self._hosted.start()
        except MmragError as exc:
            LOG.error("%s", exc)
            self.failure = exc
        except Exception as exc:  # told by `wait`, and to whoever asks whether the index is ready
            LOG.exception("the index cannot be opened")
            self.failure = exc
        self._ended.set()
