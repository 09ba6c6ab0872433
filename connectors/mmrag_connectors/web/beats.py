"""News at least so often, so that it is noticed when nobody listens any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

import anyio

T = TypeVar("T")


async def beating(items: AsyncGenerator[T, None], every_s: float) -> AsyncIterator[T]:
    """What comes, and the last of it again whenever nothing new came for a while.

    Gradio looks whether a browser has gone only when a function yields: a language model that
    thinks for a minute would do so for nobody. However it ends, `items` is closed by then.
    """
    step = asyncio.create_task(anext(items, None))
    try:
        await asyncio.wait({step})
        while (last := step.result()) is not None:
            step = asyncio.create_task(anext(items, None))
            while not step.done():
                yield last
                await asyncio.wait({step}, timeout=every_s)
    finally:
        step.cancel()
        with anyio.CancelScope(shield=True):  # whoever waits may be cancelled already
            await asyncio.wait({step})
            await items.aclose()
