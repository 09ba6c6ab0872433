"""Bootstrap intervals: against the normal approximation, scipy's bootstrap, and their own rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from mmrag.errors import InputError
from mmrag.evaluation import intervals
from mmrag.evaluation.intervals import interval, paired

values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_many_values_have_the_interval_of_the_normal_approximation() -> None:
    drawn = np.random.default_rng(7).normal(0.4, 0.2, 500)
    half = 1.959964 * drawn.std() / math.sqrt(500)
    found = interval(drawn)
    assert found.mean == pytest.approx(drawn.mean(), abs=1e-12)
    assert found.low == pytest.approx(drawn.mean() - half, abs=0.0015)
    assert found.high == pytest.approx(drawn.mean() + half, abs=0.0015)


def test_few_lopsided_values_have_the_interval_of_scipy() -> None:
    given_values = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.25, 1.0, 1.0, 0.9]
    theirs = bootstrap(
        (given_values,), np.mean, method="percentile", n_resamples=20_000, rng=3
    ).confidence_interval
    found = interval(given_values, resamples=20_000)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_the_same_seed_gives_the_same_and_blocks_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = np.linspace(0, 1, 17)
    whole = interval(row, resamples=100)
    assert interval(row, resamples=100) == whole
    assert interval(row, resamples=100, seed=1) != whole
    monkeypatch.setattr(intervals, "_DRAWN_AT_ONCE", 50)
    assert interval(row, resamples=100) == whole


@given(values)
def test_ends_lie_within_the_values_and_around_the_mean_of_symmetric_ones(row: list[float]) -> None:
    found = interval(row, resamples=200)
    assert min(row) - 1e-12 <= found.low <= found.high <= max(row) + 1e-12
    if len(set(row)) == 1:
        assert (found.low, found.high) == pytest.approx((row[0], row[0]))


@given(values, st.floats(-0.5, 0.5))
def test_pairs_that_differ_by_the_same_have_no_spread(row: list[float], gain: float) -> None:
    found = paired([value + gain for value in row], row, resamples=50)
    assert (found.mean, found.low, found.high) == pytest.approx((gain, gain, gain), abs=1e-12)


def test_pairing_is_narrower_than_the_spread_of_each() -> None:
    rng = np.random.default_rng(0)
    hard = rng.uniform(0, 1, 60)
    found = paired(list(hard + rng.normal(0.02, 0.01, 60)), list(hard))
    assert found.low > 0
    assert found.high - found.low < 0.01


def test_what_has_no_mean_is_refused() -> None:
    with pytest.raises(InputError, match="no questions"):
        interval([])
    with pytest.raises(InputError, match="1 of 2 values are no numbers"):
        interval([0.5, math.nan])
    with pytest.raises(InputError, match="2 values cannot be paired with 1"):
        paired([0.1, 0.2], [0.3])
