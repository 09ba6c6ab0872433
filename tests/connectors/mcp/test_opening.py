"""An index that opens behind the server: once for all, again after a failure, never half."""

from __future__ import annotations

import asyncio
import threading

import pytest
from standins.fixed_index import FixedIndex

from mmrag.errors import InputError, StoreLocked
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.mcp.opening import Opening


def test_all_wait_for_one_opening_and_none_stops_it() -> None:
    may_open, made = threading.Event(), []

    def make() -> HostedIndex:
        may_open.wait(20)
        made.append(FixedIndex({}))
        return made[-1]

    async def run() -> None:
        opening = Opening(make)
        opening.start()
        impatient, *waiting = [asyncio.create_task(opening.opened()) for _ in range(3)]
        await asyncio.sleep(0)  # each has begun to wait
        impatient.cancel()
        may_open.set()
        assert await asyncio.gather(*waiting) == [made[0], made[0]]
        assert impatient.cancelled()
        assert (len(made), made[0].starts) == (1, 1)
        await opening.close()
        assert made[0].closed

    asyncio.run(run())


def test_it_is_tried_again_when_it_failed() -> None:
    locked = FixedIndex({}, refuses=StoreLocked("the index is in use by mmrag serve"))
    free = FixedIndex({})
    left: list[HostedIndex] = [free, locked, locked]

    async def run() -> None:
        opening = Opening(lambda: left.pop())
        for _ in range(2):
            with pytest.raises(StoreLocked, match=r"in use by mmrag serve; if that is .* /mcp"):
                await opening.opened()
        assert await opening.opened() is free
        assert await opening.opened() is free
        await opening.close()

    asyncio.run(run())


def test_closing_what_never_opened() -> None:
    def make() -> HostedIndex:
        raise InputError("no index at ./.mmrag")

    async def run() -> None:
        unused, failed = Opening(make), Opening(make)
        await unused.close()
        failed.start()
        await failed.close()
        with pytest.raises(InputError):
            await failed.opened()

    asyncio.run(run())
