"""Ranks of right answers, against counting by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.evaluation.ranks import ranks


def by_hand(queries: np.ndarray, gallery: np.ndarray, groups: list[int]) -> list[int]:
    found = []
    for row, query in enumerate(queries):
        scores = [float(query @ other) for other in gallery]
        right = [s for s, g in zip(scores, groups, strict=True) if g == groups[row]]
        wrong = [s for s, g in zip(scores, groups, strict=True) if g != groups[row]]
        found.append(sum(score >= max(right) for score in wrong))
    return found


@settings(max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 2**16))
def test_any_row_of_the_group_is_right(groups: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    sides = random.integers(-3, 4, (2, len(groups), 3)).astype(np.float32)
    assert ranks(*sides, groups, groups).tolist() == by_hand(*sides, groups)


def test_ties_count_against_and_blocks_make_no_difference() -> None:
    same = np.ones((1500, 2), np.float32)
    groups = list(range(1500))
    assert ranks(same, same, groups, groups).tolist() == [1499] * 1500
    assert ranks(same[:3] * np.nan, same[:3], [0, 1, 2], [0, 1, 2]).tolist() == [2, 2, 2]


def test_a_gallery_may_hold_each_answer_once() -> None:
    queries, gallery = np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32)[:2]
    assert ranks(queries[[0, 1, 1]], gallery, [7, 8, 7], [7, 8]).tolist() == [0, 0, 1]
