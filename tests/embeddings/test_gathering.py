"""Calls of many threads, computed together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import Patience

from mmrag.embeddings.gathering import MOST, Gathering


class Slow:
    """Squares numbers, as soon as it is let; keeps what it was given at once."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.let = threading.Event(), threading.Event()

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.begun.set()
        assert self.let.wait(10)
        if any(item < 0 for item in items):
            raise ValueError(f"{min(items)} is negative")
        return [item * item for item in items]


def asked_together(slow: Slow, items: list[int]) -> list[object]:
    """What each call gives, where all but the first come while the first is computed."""
    gathering = Gathering(slow)

    def ask(item: int) -> object:
        try:
            return gathering(item)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(items)) as pool:
        first = pool.submit(ask, items[0])
        assert slow.begun.wait(10)
        others = [pool.submit(ask, item) for item in items[1:]]
        patience = Patience("all who ask to wait")
        while len(gathering._waiting) < len(items) - 1 and patience.lasts():
            threading.Event().wait(0.001)
        slow.let.set()
        return [first.result(10), *(other.result(10) for other in others)]


def test_who_comes_meanwhile_is_computed_together() -> None:
    slow = Slow()
    assert asked_together(slow, list(range(10))) == [n * n for n in range(10)]
    assert slow.batches[0] == [0] and sorted(slow.batches[1]) == list(range(1, 10))
    assert len(slow.batches) == 2


def test_no_batch_is_larger_than_the_most() -> None:
    slow = Slow()
    count = 2 * MOST + 5
    assert asked_together(slow, list(range(count))) == [n * n for n in range(count)]
    assert [len(batch) for batch in slow.batches] == [1, MOST, MOST, 4]
    assert sorted(item for batch in slow.batches for item in batch) == list(range(count))


def test_each_is_told_of_its_own_fault_alone() -> None:
    told = asked_together(Slow(), [1, 2, -3, 4, -5])
    assert told == [1, 4, "-3 is negative", 16, "-5 is negative"]


def test_an_interrupt_costs_nobody_else_their_result() -> None:
    interrupted = threading.Event()

    def compute(items: list[int]) -> list[int]:
        if not interrupted.is_set():
            interrupted.set()
            raise KeyboardInterrupt
        return items

    gathering = Gathering(compute)
    with pytest.raises(KeyboardInterrupt):
        gathering(1)
    assert gathering(2) == 2 and gathering._waiting == []
