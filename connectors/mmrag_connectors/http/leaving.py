"""Streams of a hosted index, and clients that go away: the work for them ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar, cast

import anyio
from fastapi import Request

from mmrag import Answer
from mmrag.errors import AnswerCutOff
from mmrag_connectors.http.problems import Problem

T = TypeVar("T")


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of some work on a request whose body was read; it ends if the client goes away.

    Raises:
        Problem: the client went away, so nobody will read this.
    """
    working, leaving = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise gone()
    finally:
        working.cancel()
        leaving.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.gather(working, leaving, return_exceptions=True)


def gone() -> Problem:
    """That the client went away; 499 is what nginx logs then."""
    return Problem(499, "the client went away before there was a response", "client_gone")


def closing(items: AsyncIterator[T]) -> aclosing[AsyncGenerator[T, None]]:
    """A stream of a hosted index as a context that closes it: all of them are generators."""
    return aclosing(cast(AsyncGenerator[T, None], items))


async def whole(parts: AsyncIterator[str | Answer]) -> Answer:
    """The answer that a stream of sentences ends with.

    Raises:
        AnswerCutOff: it ends without one.
    """
    async with closing(parts) as coming:
        async for part in coming:
            if isinstance(part, Answer):
                return part
    raise AnswerCutOff("the answer ended before it was complete")


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
