"""Media decoded in threads while the model computes on the batch before."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mmrag.errors import MmragError

Given = TypeVar("Given")
Prepared = TypeVar("Prepared")

Fault = Callable[[int, MmragError], None]
"""Told the row of a bad picture or recording and what is wrong; the other rows go on."""

THREADS = max(1, min(4, os.cpu_count() or 1))


def prepared_batches(
    given: Sequence[Given],
    prepare: Callable[[Given], Prepared],
    *,
    size: int,
    on_fault: Fault | None,
    overlap: bool = True,
) -> Iterator[tuple[list[int], list[Prepared]]]:
    """Batches of up to `size` rows and what `prepare` made of them, in order.

    At most two batches are prepared ahead, which bounds the memory.

    Args:
        overlap: prepare the next batch while the caller computes on this one. Where the model runs
            on the same cores, taking turns is faster: a matrix product waits for the slowest of its
            threads, and every one that decodes a picture meanwhile holds up all.

    Raises:
        MmragError: of the first bad row, when there is no `on_fault`.
    """
    rows: list[int] = []
    ready: list[Prepared] = []
    waiting: deque[Future[Prepared]] = deque()
    upcoming = iter(given)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="mmrag-media") as pool:
        try:
            for row in range(len(given)):
                reach = 2 * size if overlap else 0 if waiting else size
                while len(waiting) < min(reach, len(given) - row):
                    waiting.append(pool.submit(prepare, next(upcoming)))
                try:
                    ready.append(waiting.popleft().result())
                    rows.append(row)
                except MmragError as error:
                    if on_fault is None:
                        raise
                    on_fault(row, error)
                if len(rows) == size:
                    yield rows, ready
                    rows, ready = [], []
            if rows:
                yield rows, ready
        finally:
            for future in waiting:
                future.cancel()
