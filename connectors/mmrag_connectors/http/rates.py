"""How much is taken on: so many requests a minute of a caller, and so many at once of all."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from mmrag_connectors.http.callers import SCOPE_KEY, Caller
from mmrag_connectors.http.paths import treatment_of
from mmrag_connectors.http.problems import Problem, refuse


class Buckets:
    """A bucket of permits for each name, which fills up steadily (token bucket).

    Args:
        per_minute: that flow in; a bucket holds as many.
        clock: seconds that only grow.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._per_s, self._clock = float(per_minute), per_minute / 60, clock
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> float:
        """Take a permit: 0, or the seconds until there is one."""
        now = self._clock()
        level, then = self._levels.get(name, (self._most, now))
        level = min(self._most, level + (now - then) * self._per_s)
        wait = max(0.0, (1 - level) / self._per_s)
        self._levels[name] = (level if wait else level - 1, now)
        return wait


class RateLimit:
    """Middleware: answers 429 to a caller who asks too often, and tells when to ask again."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app, self.per_minute = app, per_minute
        self._buckets = Buckets(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller | None = scope.get(SCOPE_KEY)
        counted = scope["type"] == "http" and treatment_of(scope).counted
        wait = self._buckets.take(caller.name) if counted and caller else 0.0
        if not wait:
            await self.app(scope, receive, send)
            return
        message = f"more than {self.per_minute} requests a minute; wait as Retry-After says"
        problem = Problem(429, message, "too_many_requests", _after(wait))
        await refuse(problem, scope, receive, send)


class Gate:
    """Middleware: so many requests are worked on at once, as many wait, and others get 503.

    Args:
        at_once: requests that are worked on; a stream is, until its end.
        wait_s: the longest that one waits.
    """

    def __init__(self, app: ASGIApp, at_once: int, wait_s: float) -> None:
        self.app, self.at_once, self.wait_s = app, at_once, wait_s
        self._places, self._waiting = anyio.Semaphore(at_once), 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not treatment_of(scope).gated:
            await self.app(scope, receive, send)
        elif await self._enter():
            try:
                await self.app(scope, receive, send)
            finally:
                self._places.release()
        else:
            message = f"{self.at_once} requests are worked on already; ask again later"
            problem = Problem(503, message, "busy", _after(max(1.0, self.wait_s)))
            await refuse(problem, scope, receive, send)

    async def _enter(self) -> bool:
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            return await self._wait()
        return True

    async def _wait(self) -> bool:
        if self._waiting >= self.at_once:
            return False
        self._waiting += 1
        try:
            with anyio.fail_after(self.wait_s):
                await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True


def _after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(seconds))}
