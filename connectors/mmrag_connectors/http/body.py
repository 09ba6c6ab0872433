"""Bodies of requests are counted while they are read; clients that do not go on are not waited for.

Starlette has a limit on bodies too; its answer is not in our form, it takes one size for all, and
it does not look at the clock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmrag.config import ServeSettings
from mmrag_connectors.http.paths import treatment_of
from mmrag_connectors.http.problems import Problem, refuse

SMALL = 1 << 20
STALLED_S = 30.0
"""A client that is to send, and sends nothing for so long, is gone."""
WHOLE_S = 120.0
"""A body that is no upload has come by then."""
UNREAD_S = 120.0
"""A client that takes nothing of its answer for so long is gone; a film that pauses is one, too."""


@dataclass(frozen=True)
class BodySizes:
    """The most bytes of a body; multipart and base64 count as they are sent."""

    small: int
    query: int
    upload: int

    @classmethod
    def of(cls, serve: ServeSettings) -> BodySizes:
        """Those of the settings. What frames the files of an upload may have another megabyte."""
        return cls(SMALL, serve.query_mb << 20, (serve.upload_mb << 20) + SMALL)


class _Refused(HTTPException):
    """Raised where the application reads; passes through FastAPI, which hides other errors."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.message)
        self.problem = problem


class BodyLimit:
    """Middleware: ends requests whose body is too large or does not come, and unread answers."""

    def __init__(self, app: ASGIApp, sizes: BodySizes) -> None:
        self.app, self.sizes = app, sizes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kind = treatment_of(scope).body
        most: int = getattr(self.sizes, kind)
        if _announced(scope) > most:
            await refuse(_too_large(most), scope, receive, send)
            return
        body = _Body(receive, send, most, whole_s=None if kind == "upload" else WHOLE_S)
        try:
            await self.app(scope, body.receive, body.send)
        except _Refused:
            if body.started:
                raise
        if body.problem and not body.started:
            await refuse(body.problem, scope, receive, send)


class _Body:
    """One request: what came of it, and whether its answer has begun."""

    def __init__(self, receive: Receive, send: Send, most: int, whole_s: float | None) -> None:
        self._receive, self._send, self._most = receive, send, most
        self._ends = time.monotonic() + whole_s if whole_s else float("inf")
        self._size, self._more = 0, True
        self.problem: Problem | None = None
        self.started = False

    async def receive(self) -> Message:
        if self.problem:
            raise _Refused(self.problem)
        if not self._more:
            return await self._receive()  # which is how it is told that a client went away
        left = min(STALLED_S, self._ends - time.monotonic())
        try:
            with anyio.fail_after(max(0.0, left)):
                message = await self._receive()
        except TimeoutError:
            raise self._refusal(
                Problem(408, "the body did not come in time", "too_slow", CLOSE)
            ) from None
        self._more = bool(message.get("more_body", False))
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise self._refusal(_too_large(self._most))
        return message

    async def send(self, message: Message) -> None:
        if self.problem and not self.started:
            return  # whatever the application made of it; `BodyLimit` tells it better
        self.started = True
        with anyio.fail_after(UNREAD_S):
            await self._send(message)

    def _refusal(self, problem: Problem) -> _Refused:
        self.problem = problem
        return _Refused(problem)


CLOSE = {"Connection": "close"}
"""What is left of the body is not read, so the connection is of no more use."""


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _too_large(most: int) -> Problem:
    return Problem(
        413, f"the body has more than {most} bytes, which is the most here", "too_large", CLOSE
    )
