"""Reading ahead: order, batches, faults, and when the next batch is begun."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.embeddings.ahead import prepared_batches
from mmrag.errors import MmragError


def doubled(number: int) -> int:
    if number < 0:
        raise MmragError(f"{number} is bad")
    return 2 * number


@given(st.lists(st.integers(-3, 50), max_size=40), st.integers(1, 7), st.booleans())
def test_every_good_row_comes_once_in_order_and_every_bad_one_is_told(
    given_rows: list[int], size: int, overlap: bool
) -> None:
    faults: list[int] = []
    batches = list(
        prepared_batches(
            given_rows,
            doubled,
            size=size,
            on_fault=lambda row, error: faults.append(row),
            overlap=overlap,
        )
    )
    assert [r for rows, _ in batches for r in rows] == [
        row for row, number in enumerate(given_rows) if number >= 0
    ]
    assert all(ready == [2 * given_rows[row] for row in rows] for rows, ready in batches)
    assert all(len(rows) == size for rows, _ in batches[:-1])
    assert faults == [row for row, number in enumerate(given_rows) if number < 0]


def test_the_first_fault_is_raised_when_nobody_listens() -> None:
    with pytest.raises(MmragError, match="-1 is bad"):
        list(prepared_batches([1, -1, -2], doubled, size=2, on_fault=None))


@pytest.mark.parametrize("overlap", [True, False])
def test_the_next_batch_is_begun_early_or_in_turn(overlap: bool) -> None:
    begun: list[int] = []

    def prepare(number: int) -> int:
        begun.append(number)
        return number

    batches = prepared_batches(range(12), prepare, size=4, on_fault=None, overlap=overlap)
    assert next(batches)[0] == [0, 1, 2, 3]
    deadline = time.monotonic() + 5  # the caller computes; threads may go on meanwhile
    while overlap and len(begun) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(begun) > 4 if overlap else len(begun) == 4
    assert [rows for rows, _ in batches] == [[4, 5, 6, 7], [8, 9, 10, 11]]
