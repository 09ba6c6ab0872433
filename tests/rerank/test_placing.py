"""Where judged and unjudged candidates go: what must hold for any ranking."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.rerank.placing import placed

margins = st.lists(st.none() | st.sampled_from([-1.0, 0.0, 2.5]) | st.floats(-50, 50), max_size=30)


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ([], []),
        ([None], [0]),
        ([0.1, None, 3.0, 2.0], [2, 1, 3, 0]),
        ([None, -4.0, None, -3.0, None], [0, 3, 2, 1, 4]),
        ([1.0, 1.0, None, 1.0], [0, 1, 2, 3]),
    ],
)
def test_examples(given_: list[float | None], wanted: list[int]) -> None:
    assert placed(given_) == wanted


@given(margins)
def test_each_row_comes_once(rows: list[float | None]) -> None:
    assert sorted(placed(rows)) == list(range(len(rows)))


@given(margins)
def test_the_unjudged_keep_their_place(rows: list[float | None]) -> None:
    order = placed(rows)
    assert all(order[row] == row for row, margin in enumerate(rows) if margin is None)
    assert all(rows[row] is not None or row == place for place, row in enumerate(order))


@given(margins)
def test_the_judged_fall_and_equals_stay_in_order(rows: list[float | None]) -> None:
    judged = [(rows[row], row) for row in placed(rows) if rows[row] is not None]
    for (left, left_row), (right, right_row) in pairwise(judged):
        assert left is not None
        assert right is not None
        assert left > right or (left == right and left_row < right_row)


@given(margins)
def test_placing_twice_changes_nothing(rows: list[float | None]) -> None:
    once = [rows[row] for row in placed(rows)]
    assert placed(once) == list(range(len(rows)))
