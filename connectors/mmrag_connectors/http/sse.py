"""Server-sent events that end where they come from, too, when whoever reads them goes away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import anyio
from fastapi.responses import StreamingResponse
from starlette.types import Send

from mmrag import MmragError
from mmrag_connectors.http.problems import Problem, problem_of

PING_S = 15.0
"""Of silence, after which a comment tells proxies that the connection lives."""
AT_ONCE_S = 2.0
"""What fails within it is told by the status of the response, what fails later by an event."""
_PING = ": still at it\n\n"


def event(data: str, name: str | None = None) -> str:
    """One event as it is sent; `data` is one line, such as JSON."""
    return f"event: {name}\ndata: {data}\n\n" if name else f"data: {data}\n\n"


def problem_event(problem: Problem) -> str:
    """The event `error`, with the JSON that a response would have."""
    return event(json.dumps(problem.body), "error")


class EventStream(StreamingResponse):
    """Sends events as they come. Make it by `begun`, which waits a moment for the first.

    However it ends (at its end, by an error, by a client that goes away or reads too slowly and is
    cut off), `events` is closed before the response is done.

    Args:
        events: what is sent, each as `event` makes it.
        failed: the event that tells of a problem after the start.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str, None], failed: Callable[[Problem], str]) -> None:
        super().__init__(
            self._told(), headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        )
        self._events, self._failed = events, failed
        # A task of its own: while a ping is due, or the response is cancelled, the step in hand
        # is neither lost nor interrupted in the middle of its own clearing up.
        self._step = asyncio.create_task(self._next())

    @classmethod
    async def begun(
        cls, events: AsyncGenerator[str, None], failed: Callable[[Problem], str]
    ) -> EventStream:
        """A response over events of which the first is there, or long in coming.

        Raises:
            Problem, MmragError: there was no first event; the response is not needed.
        """
        stream = cls(events, failed)
        try:
            await asyncio.wait({stream._step}, timeout=AT_ONCE_S)
            if stream._step.done():
                stream._step.result()
        except BaseException:
            await stream._close()
            raise
        return stream

    async def stream_response(self, send: Send) -> None:
        """As Starlette's, and close the events behind it."""
        try:
            await super().stream_response(send)
        finally:
            await self._close()

    async def _told(self) -> AsyncIterator[str]:
        while True:
            done, _ = await asyncio.wait({self._step}, timeout=PING_S)
            if not done:
                yield _PING
                continue
            try:
                told = self._step.result()
            except Problem as problem:
                yield self._failed(problem)
                return
            except MmragError as error:
                yield self._failed(problem_of(error))
                return
            if told is None:
                return
            yield told
            self._step = asyncio.create_task(self._next())

    async def _next(self) -> str | None:
        return await anext(self._events, None)

    async def _close(self) -> None:
        self._step.cancel()
        with anyio.CancelScope(shield=True):  # the response may be cancelled already
            await asyncio.wait({self._step})
            if not self._step.cancelled():
                self._step.exception()  # it was told, or nobody is there to be told
            await self._events.aclose()
