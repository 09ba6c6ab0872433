"""News at least so often, and an end of the work when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest

from mmrag_connectors.http.leaving import closing
from mmrag_connectors.web.beats import beating


def test_the_last_comes_again_while_nothing_new_does() -> None:
    async def run() -> list[int]:
        go_on = asyncio.Event()

        async def items() -> AsyncGenerator[int, None]:
            yield 1
            await go_on.wait()
            yield 2

        heard = []
        async for item in beating(items(), 0.001):
            heard.append(item)
            if heard.count(1) == 3:
                go_on.set()
        return heard

    heard = asyncio.run(run())
    assert heard[:3] == [1, 1, 1]
    assert heard[-1] == 2
    assert all(before <= after for before, after in pairwise(heard))


def test_who_stops_listening_ends_the_work() -> None:
    async def run() -> bool:
        ended = False

        async def items() -> AsyncGenerator[int, None]:
            nonlocal ended
            try:
                yield 1
                await asyncio.Event().wait()
            finally:
                ended = True

        async with closing(beating(items(), 0.001)) as heard:
            async for _ in heard:
                break
        return ended

    assert asyncio.run(run())


def test_errors_come_through() -> None:
    async def items() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("no more")

    async def run() -> None:
        async for _ in beating(items(), 1.0):
            pass

    with pytest.raises(ValueError, match="no more"):
        asyncio.run(run())
