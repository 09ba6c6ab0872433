"""Batches side by side: the same results in the same order, and threads as they were."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from mmrag.embeddings.lanes import in_lanes
from mmrag.errors import NonFiniteVector


@pytest.fixture
def four_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
@pytest.mark.usefixtures("four_threads")
def test_results_come_in_the_order_of_their_batches(count: int) -> None:
    found = in_lanes(list(range(count)), lambda batch: batch * batch, device="cpu")
    assert found == [batch * batch for batch in range(count)]


@pytest.mark.usefixtures("four_threads")
def test_threads_are_divided_among_lanes_and_given_back() -> None:
    met = threading.Barrier(2, timeout=30)
    seen: list[int] = []

    def compute(batch: int) -> None:
        if batch:
            met.wait()  # passes only if two are computed at once
            seen.append(torch.get_num_threads())

    in_lanes([0, 1, 2], compute, device="cpu")
    assert seen == [2, 2]
    assert torch.get_num_threads() == 4


def test_elsewhere_batches_take_turns() -> None:
    names: set[str] = set()
    in_lanes(range(5), lambda _: names.add(threading.current_thread().name), device="cuda")
    assert names == {threading.current_thread().name}


@pytest.mark.usefixtures("four_threads")
def test_what_goes_wrong_in_a_lane_is_raised() -> None:
    def compute(batch: int) -> None:
        if batch == 3:
            raise NonFiniteVector("no direction")

    with pytest.raises(NonFiniteVector, match="no direction"):
        in_lanes(range(5), compute, device="cpu")
    assert torch.get_num_threads() == 4
