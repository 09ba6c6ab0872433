"""A threshold for a target, against trying every one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.evaluation.intervals import share
from mmrag.tasks.moderation.calibration import Target, choose

scores = st.lists(st.sampled_from([n / 10 for n in range(11)]), min_size=1, max_size=12)


def counts(yes: list[float], no: list[float], threshold: float) -> tuple[int, int]:
    return sum(s >= threshold for s in yes), sum(s >= threshold for s in no)


@given(scores, scores, st.sampled_from([0.3, 0.5, 0.9, 1.0]))
def test_precision_is_reached_with_the_most_recall(
    yes: list[float], no: list[float], least: float
) -> None:
    reaching = []
    for threshold in {*yes, *no}:
        right, wrong = counts(yes, no, threshold)
        if right and right / (right + wrong) >= least:
            reaching.append(right)
    found = choose(yes, no, Target("precision", least))
    if not reaching:
        assert found is None
        return
    assert found is not None and 0 <= found <= 1
    right, wrong = counts(yes, no, found)
    assert right == max(reaching) and right / (right + wrong) >= least


@given(scores, scores, st.sampled_from([0.3, 0.5, 0.9, 1.0]))
def test_recall_is_reached_with_the_fewest_flags(
    yes: list[float], no: list[float], least: float
) -> None:
    found = choose(yes, no, Target("recall", least))
    assert found is not None
    reaching = [t for t in {*yes, *no} if counts(yes, no, t)[0] / len(yes) >= least]
    assert counts(yes, no, found) == counts(yes, no, max(reaching))


def test_a_threshold_lies_between_scores() -> None:
    assert choose([0.9, 0.7], [0.3, 0.2], Target("recall", 1.0)) == 0.5


@pytest.mark.parametrize(
    ("hits", "items", "low", "high"),
    # R: prop.test(hits, items, correct = FALSE)$conf.int
    [(8, 10, 0.490162, 0.943318), (0, 10, 0.0, 0.277533), (20, 20, 0.838875, 1.0)],
)
def test_shares_have_wilson_intervals(hits: int, items: int, low: float, high: float) -> None:
    found = share(hits, items)
    assert found is not None and found.mean == hits / items
    assert math.isclose(found.low, low, abs_tol=1e-5)
    assert math.isclose(found.high, high, abs_tol=1e-5)
    assert share(0, 0) is None
