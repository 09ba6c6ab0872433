"""Fitted sigmoids: against a grid, against the likelihood of other ones, and Platt's smoothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.tasks.platt import Sigmoid, fit, sigmoid


def loss(found: Sigmoid, margins: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    """Cross-entropy to Platt's targets, written out."""
    yes, no = true.sum(), (~true).sum()
    targets = np.where(true, (yes + 1) / (yes + 2), 1 / (no + 2))
    chances = np.clip(1 / (1 + np.exp(-(found.slope * margins + found.intercept))), 1e-300, 1)
    others = np.clip(1 - chances, 1e-300, 1)
    return float(-(targets * np.log(chances) + (1 - targets) * np.log(others)).sum())


def test_what_made_the_labels_is_found_again() -> None:
    random = np.random.default_rng(3)
    margins = random.normal(0, 2, 20_000)
    true = random.random(20_000) < sigmoid(1.7 * margins - 0.6)
    found = fit(margins, true)
    assert found.slope == pytest.approx(1.7, abs=0.06)
    assert found.intercept == pytest.approx(-0.6, abs=0.06)


def test_items_told_apart_without_fault_give_smoothed_targets() -> None:
    found = fit([-1.0, -1.0, -1.0, 1.0, 1.0], [0, 0, 0, 1, 1])
    assert found([1.0])[0] == pytest.approx(3 / 4)  # (2 + 1) / (2 + 2)
    assert found([-1.0])[0] == pytest.approx(1 / 5)  # 1 / (3 + 2)


@given(
    st.lists(st.tuples(st.floats(-40, 40), st.booleans()), min_size=4, max_size=40).filter(
        lambda rows: len({true for _, true in rows}) == 2
    )
)
def test_no_sigmoid_nearby_is_likelier(rows: list[tuple[float, bool]]) -> None:
    margins, true = np.array([m for m, _ in rows]), np.array([t for _, t in rows])
    found = fit(margins, true)
    best = loss(found, margins, true)
    for slope in (-1e-2, 0, 1e-2):
        for intercept in (-1e-2, 0, 1e-2):
            other = Sigmoid(found.slope + slope, found.intercept + intercept)
            assert best <= loss(other, margins, true) + 1e-6


@given(st.floats(-1e4, 1e4))
def test_the_sigmoid_never_overflows(logit: float) -> None:
    with np.errstate(all="raise"):
        assert 0 <= float(sigmoid(logit)) <= 1
        assert float(sigmoid(logit) + sigmoid(-logit)) == pytest.approx(1)


@pytest.mark.parametrize("true", [[True, True], [False, False]])
def test_one_kind_of_item_is_refused(true: list[bool]) -> None:
    with pytest.raises(InputError, match="is fitted to some of both"):
        fit([0.0, 1.0], true)
