"""Several batches at once on a processor, each on cores of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mmrag.extras import require

Batch = TypeVar("Batch")
Done = TypeVar("Done")

LANES = 8
"""Batches in memory at once, at most."""


def in_lanes(
    batches: Sequence[Batch], compute: Callable[[Batch], Done], *, device: str
) -> list[Done]:
    """What `compute` makes of each batch, in order.

    Cores that share a matrix product wait for the slowest of them, and a process that reads files
    makes one slower; so on a processor the threads that torch would use for one batch are divided
    among several. The first batch goes alone, for tokenizers settle their options with it and must
    not do so in two threads; the others go from the last to the second.

    Args:
        batches: by rising cost, so that lanes end at about the same time.
    """
    if device != "cpu" or len(batches) < 3:
        return [compute(batch) for batch in batches]
    torch = require("torch", extra="all", purpose="embed")
    threads = torch.get_num_threads()
    lanes = min(threads, LANES, len(batches) - 1)
    first = compute(batches[0])
    try:
        # how many threads a product takes is a property of the thread that asks for it
        with ThreadPoolExecutor(
            lanes, "mmrag-lane", initializer=torch.set_num_threads, initargs=(threads // lanes,)
        ) as pool:
            rest = list(pool.map(compute, batches[:0:-1]))
            return [first, *reversed(rest)]
    finally:
        torch.set_num_threads(threads)  # for threads that are yet to come it is one for all
